/* The physical limit: accepts sockets, shakes hands, and for each payload on standard input calls send() on every one.
   A payload is four bytes of length, big end first, and its text. Prints its port. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_SOCKETS 20000
#define MAX_PAYLOAD 65535

static const char SHAKEN[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: none\r\n\r\n";

static int sockets[MAX_SOCKETS], count;
static unsigned char frame[MAX_PAYLOAD + 4];

static void read_all(unsigned char *into, size_t size) {
  while (size > 0) {
    ssize_t got = read(0, into, size);
    if (got <= 0) exit(0);
    into += got;
    size -= got;
  }
}

static size_t read_frame(void) {
  unsigned char head[4];
  read_all(head, 4);
  size_t size = (size_t)head[0] << 24 | head[1] << 16 | head[2] << 8 | head[3];
  if (size > MAX_PAYLOAD) exit(1);
  size_t start = size < 126 ? 2 : 4;
  frame[0] = 0x81;
  frame[1] = size < 126 ? size : 126;
  if (start == 4) {
    frame[2] = size >> 8;
    frame[3] = size & 255;
  }
  read_all(frame + start, size);
  return start + size;
}

static void take_socket(int listener) {
  int taken = accept(listener, NULL, NULL), yes = 1;
  char request[4096];
  if (taken < 0 || count == MAX_SOCKETS) exit(1);
  setsockopt(taken, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (read(taken, request, sizeof request) <= 0) exit(1);
  if (send(taken, SHAKEN, sizeof SHAKEN - 1, MSG_NOSIGNAL) < 0) exit(1);
  sockets[count++] = taken;
}

int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024)) return 1;
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  struct pollfd waits[2] = {{.fd = 0, .events = POLLIN}, {.fd = listener, .events = POLLIN}};
  for (;;) {
    poll(waits, 2, -1);
    if (waits[1].revents) take_socket(listener);
    if (!waits[0].revents) continue;
    size_t length = read_frame();
    for (int each = 0; each < count; each++) send(sockets[each], frame, length, MSG_NOSIGNAL);
  }
}
