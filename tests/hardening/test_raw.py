"""Raw bytes of HTTP on the wire: whatever comes, one answer in the one shape or none, no 5xx, nothing told or logged.

Beside tests/flow/test_bad_input.py, which sends what an HTTP client can.
"""

from __future__ import annotations

import asyncio
import gzip
import os

from tests.conftest import ServeProcess
from tests.hardening.wire import connection, say, statuses

LOGIN = b"POST /staff/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
ORDERS = b"GET /kitchen/orders HTTP/1.1\r\n"
BODY = b'{"username": "chef", "password": "x"}'
WHATEVER: list[tuple[bytes, set[int]]] = [
        # what it is when nothing is wrong
        (GET + b"Connection: close\r\n\r\n", {200}),
        (LOGIN + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY, {401}),
        # no HTTP
        (b"\x00" * 64, {400}),
        (b"\r\n" * 2000, {400, 0}),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 404, 405}),
        (b"GET / HTTP/1.1 \r\nHost: x\r\n\r\n", {400}),
        (b"get /healthz HTTP/1.1\r\nHost: x\r\n\r\n", {400}),
        (b"FROBNICATE /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400, 405}),
        (b"GET  /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {200, 400}),
        (b"GET /healthz HTTP/1.1\nHost: x\n\n", {400}),
        (b"GET /healthz\r\n\r\n", {0, 400}),
        (b"GET /he\x00althz HTTP/1.1\r\nHost: x\r\n\r\n", {400}),
        (b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400, 404}),
        (b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400, 404, 405}),
        (b"GET http://elsewhere/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {200, 400, 404}),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400, 404, 405}),
        (b"GET /%ff%fe%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {404}),
        (b"GET /static/%2e%2e/%2e%2e/setup.cfg HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {404}),
        (b"GET /static/..%5c..%5capp.py HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {404}),
        (b"GET /static//etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {404}),
        # heads
        (GET + b"X Y: z\r\n\r\n", {400}),
        (GET + b"X : z\r\n\r\n", {400}),
        (GET + b": z\r\n\r\n", {400}),
        (GET + b"X: a\r\n b\r\n\r\n", {400}),
        (GET + b"X: a\x00b\r\n\r\n", {400}),
        (GET + b"X: a\rb\r\n\r\n", {400}),
        (GET + b"".join(b"X-%d: y\r\n" % n for n in range(5000)) + b"\r\n", {400}),
        (GET + b"Expect: a-miracle\r\nConnection: close\r\n\r\n", {417}),
        (GET + b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings, close\r\n\r\n", {200, 400}),
        (ORDERS + b"Host: x\r\nAuthorization: Bearer \xff\xfe\r\nConnection: close\r\n\r\n", {401}),
        (ORDERS + b"Host: \xff\r\nOrigin: \xff\r\nConnection: close\r\n\r\n", {400, 401}),
        # bodies
        (LOGIN + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
        (LOGIN + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", {400}),
        (LOGIN + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", {400}),
        (LOGIN + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", {400}),
        (LOGIN + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n", {400}),
        (LOGIN + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", {400}),
        (LOGIN + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n", {400, 413}),
        (LOGIN + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 20_000 + b"\r\na\r\n0\r\n\r\n", {400}),
        (LOGIN + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + b"2000\r\n" + b" " * 8192 + b"\r\n" * 1
         + (b"2000\r\n" + b" " * 8192 + b"\r\n") * 3 + b"0\r\n\r\n", {413}),
        (LOGIN + b"Content-Length: 1e3\r\n\r\n", {400}),
        (LOGIN + b"Content-Length: +5\r\n\r\n12345", {400}),
        (LOGIN + b"Content-Length: 5, 5\r\n\r\n12345", {400}),
        (LOGIN + b"Content-Length: 99999999999999999999999\r\n\r\n", {400, 413}),
        (LOGIN + b"Content-Length: 999999999\r\nConnection: close\r\n\r\n{}", {400, 413}),
        (LOGIN + b"Content-Encoding: gzip\r\nConnection: close\r\nContent-Length: 4\r\n\r\nabcd", {415}),
        (LOGIN + b"Content-Encoding: br\r\nConnection: close\r\nContent-Length: 4\r\n\r\nabcd", {415}),
        (LOGIN + b"Content-Length: 50\r\n\r\n{", {0, 400}),
        # a second request behind the first is answered on its own, never as a part of it
        (GET + b"\r\n" + GET + b"Connection: close\r\n\r\n", {200}),
        (GET + b"Content-Length: 30\r\n\r\nGET /kitchen/orders HTTP/1.1\r\n\r\n", {200, 400}),
]  # fmt: skip
"""What is sent, and the statuses it may be answered with; 0 is none: the connection is closed."""


async def test_whatever_comes_is_answered_in_one_shape(attacked: ServeProcess) -> None:
    answers = await asyncio.gather(*(say(attacked, sent) for sent, _ in WHATEVER))
    wrong = [
        (sent[:100], found)
        for (sent, expected), answer in zip(WHATEVER, answers, strict=True)
        if not {*(found := statuses(answer) or [0])} <= expected
    ]
    assert wrong == []


async def test_a_small_body_that_would_unpack_to_a_large_one_is_not_unpacked(attacked: ServeProcess) -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    head = LOGIN + b"Content-Encoding: gzip\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    assert statuses(await say(attacked, head + bomb)) == [415]


HEADS = [LOGIN, GET, b"POST /nowhere HTTP/1.1\r\nHost: x\r\n"]
LATE: list[tuple[bytes, bytes]] = [
    (b"Transfer-Encoding: chunked", b"ZZ\r\n"),
    (b"Transfer-Encoding: chunked", b"1\r\nabc\r\n"),
    (b"Transfer-Encoding: chunked", b"ffffffffffffffffff\r\n"),
    (b"Transfer-Encoding: chunked", b"1;" + b"x" * 20_000 + b"\r\n"),
    (b"Content-Encoding: gzip\r\nContent-Length: 4", b"abcd"),
]


async def test_a_body_that_goes_wrong_after_its_head_was_taken(attacked: ServeProcess) -> None:
    tries = [(head + declared + b"\r\n\r\n", b"", b"", then) for head in HEADS for declared, then in LATE]
    for answer in await asyncio.gather(*(say(attacked, *parts) for parts in tries)):
        assert set(statuses(answer)) <= {200, 400, 404, 415}, answer


async def test_a_client_that_leaves_in_the_middle_is_no_error(attacked: ServeProcess) -> None:
    for start in (LOGIN + b"Content-Length: 50\r\n\r\n{", LOGIN + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{", GET):
        async with connection(attacked) as (_, writer):
            writer.write(start)
            await writer.drain()
            await asyncio.sleep(0.05)


async def test_a_head_or_a_body_that_dribbles_is_closed_in_time(attacked: ServeProcess) -> None:
    async def dribble(start: bytes) -> bytes:
        async with connection(attacked) as (reader, writer):
            answer = asyncio.ensure_future(reader.read(-1))
            writer.write(start)
            async with asyncio.timeout(5):  # the stall limit is 1 s here, and each byte is in time
                while not answer.done():
                    writer.write(b"x")
                    await asyncio.wait([answer], timeout=0.1)
            return answer.result() if answer.exception() is None else b""

    starts = [
        b"",
        b"GET /",
        GET + b"X: ",
        GET + b"\r\nGET /",
        LOGIN + b"Content-Length: 500\r\n\r\n",
        LOGIN + b"Transfer-Encoding: chunked\r\n\r\n1f4\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n",
        b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n",
    ]
    for answer in await asyncio.gather(*map(dribble, starts)):
        assert set(statuses(answer)) <= {200, 400, 404, 408}, answer


async def test_sockets_that_say_nothing_are_closed_and_their_descriptors_come_back(attacked: ServeProcess) -> None:
    def open_files() -> int:
        return len(os.listdir(f"/proc/{attacked.process.pid}/fd"))

    before = open_files()
    silent = [await asyncio.open_connection("127.0.0.1", int(attacked.url.rpartition(":")[2])) for _ in range(300)]
    try:
        async with asyncio.timeout(10):
            assert await asyncio.gather(*(reader.read() for reader, _ in silent)) == [b""] * 300
            while open_files() > before + 5:
                await asyncio.sleep(0.05)
    finally:
        for _, writer in silent:
            writer.close()
