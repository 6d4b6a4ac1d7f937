"""Requests that are meant to cost: a small piece, repeated until a limit is reached, in every place a request has.

A limit of the server's own is met from both sides: some pieces make a legal request as large as can be.
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterator

LINE_BYTES = 8000
"""What aiohttp takes of a first line, and of one header."""
BODY_BYTES = 16_000

PIECES = (
    "a", "/", "a/", "../", "./", "//", "%2e%2e%2f", "%2F", "%00", "%E2%82%AC", "%ff", ";", ",", ".", "a.", "&", "=",
    "a=&", "a&", "?", "#", "+", "%", "{", "[", '"', "\\", "\\u0000", "\\ud800", "0", "9", "-", "1e9", "SENT,",
    "status=SENT&", "table=T&", "token=a&", "bearer.", "kds.v1,", "T1 ", " ", "\t",
)  # fmt: skip
HEADERS = (
    "Accept-Encoding", "If-None-Match", "Authorization: Bearer", "X-Forwarded-For", "X-Forwarded-Proto", "Origin",
    "Cookie", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Sec-WebSocket-Key", "Idempotency-Key", "Host",
    "Expect", "Range", "User-Agent", "Content-Type", "Transfer-Encoding", "Connection", "TE",
    "Access-Control-Request-Method",
)  # fmt: skip
BODIES = (
    "[" * BODY_BYTES,
    '{"a":' * (BODY_BYTES // 5),
    "[" + "0," * (BODY_BYTES // 2 - 2) + "0]",
    "[" + "[]," * (BODY_BYTES // 3 - 2) + "0]",
    "1" * BODY_BYTES,
    "1." + "1" * BODY_BYTES,
    "1e" + "9" * BODY_BYTES,
    "[" + ",".join(["1e308"] * (BODY_BYTES // 6)) + "]",
    '"' + "\\u00e9" * (BODY_BYTES // 6) + '"',
    '"' + "\\ud83d" * (BODY_BYTES // 6) + '"',
    "{" + ",".join(f'"{n}":0' for n in range(BODY_BYTES // 9)) + "}",
    "{" + ",".join(['"a":0'] * (BODY_BYTES // 6)) + "}",
    " " * BODY_BYTES,
    "\x00" * BODY_BYTES,
)


def requests(method: str, target: str, headers: str, body: str, dice: random.Random) -> Iterator[bytes]:
    """A request as it should be, then what can be made of it. `headers` ends each of its lines with CRLF."""
    path, _, query = target.partition("?")
    yield _request(method, target, headers, body)
    for piece in (*dice.sample(PIECES, 3), "".join(dice.choices(string.printable[:94], k=dice.randint(1, 9)))):
        wanted = LINE_BYTES // len(piece.encode())
        safe = piece.replace(" ", "%20").replace("\t", "%09").replace("#", "%23")
        filler = safe * (LINE_BYTES // len(safe))
        yield _request(method, f"{path}?{query}&{filler}"[:LINE_BYTES], headers, body)
        yield _request(method, f"{path.rpartition('/')[0]}/{filler}"[:LINE_BYTES], headers, body)
        yield _request(method, f"{path.rpartition('/')[0]}/{filler}"[:500], headers, body)
        header = dice.choice(HEADERS)
        glue = " " if ":" in header else ": "
        yield _request(method, target, f"{headers}{header}{glue}{(piece * wanted)[: LINE_BYTES - 100]}\r\n", body)
        yield _request(method, target, headers + f"X: {piece}\r\n" * min(100, LINE_BYTES // (len(piece) + 5)), body)
        if body:
            yield _request(method, target, headers, body[:-1] + f',"note":"{piece * 150}"}}')
    if body:
        for whole in dice.sample(BODIES, 5):
            yield _request(method, target, headers, whole)


def _request(method: str, target: str, headers: str, body: str) -> bytes:
    content = body.encode(errors="surrogatepass")
    declared = f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n" if body else ""
    close = "" if "Upgrade: websocket" in headers else "Connection: close\r\n"
    return f"{method} {target} HTTP/1.1\r\nHost: x\r\n{close}{declared}{headers}\r\n".encode() + content
