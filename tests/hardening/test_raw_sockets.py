"""Raw bytes of WebSockets on the wire: a frame that is none ends the socket with its code, and nothing is logged."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import ClientSession
from yarl import URL

from kds.web.connections.masked_frames import FRAMES_AT_ONCE
from tests.conftest import JWT_SECRET, RunningServer, ServeProcess
from tests.hardening.wire import connection, frame, handshake, read_frames, statuses
from tests.screen import token_for

FRAMES: list[tuple[bytes, int]] = [
    (frame(0x82, b"binary"), 1003),
    (frame(0x81, b"x" * 4097), 1009),
    (frame(0x81, b"x", size=2**40), 1009),
    (frame(0x81, b"x", size=2**63 + 5), 1009),
    (frame(0x01, b"x" * 3000) + frame(0x80, b"x" * 3000), 1009),
    (frame(0xC1, b"reserved bit"), 1002),
    (frame(0x83, b"unknown opcode"), 1002),
    (frame(0x8B, b"unknown control"), 1002),
    (frame(0x80, b"continues nothing"), 1002),
    (frame(0x01, b"a") + frame(0x81, b"text within text"), 1002),
    (frame(0x89, b"x" * 126), 1002),
    (frame(0x09, b"ping in parts"), 1002),
    (frame(0x88, b"\x03"), 1002),
    (frame(0x88, (999).to_bytes(2, "big")), 1002),
    (frame(0x88, (1000).to_bytes(2, "big") + b"\xff"), 1007),
    (frame(0x81, b"\xc3\x28"), 1007),
    (frame(0x81, b"not masked", masked=False), 1002),
    (frame(0x89, b"masked") + frame(0x81, b"not masked" * 20, masked=False), 1002),
    (frame(0x01, b"a") + frame(0x80, b"", masked=False), 1002),
    (b"".join(frame(0x81, b"noise") for _ in range(7)), 1008),
    (frame(0x81, b"[" * 4000) * 7, 1008),
    (frame(0x88, (1000).to_bytes(2, "big")), 1000),
]


async def test_a_frame_that_is_none_ends_the_socket_with_its_code(attacked: ServeProcess, branch_id: str) -> None:
    async def close_codes(sent: bytes) -> list[int]:
        async with connection(attacked) as (reader, writer):
            await handshake(writer, token_for(JWT_SECRET, branch_id))
            assert statuses(await reader.readuntil(b"\r\n\r\n")) == [101]
            writer.write(sent)
            frames = await read_frames(reader)
        return [int.from_bytes(payload[:2], "big") for opcode, payload in frames if opcode == 8]

    found = await asyncio.gather(*(close_codes(sent) for sent, _ in FRAMES))
    wrong = [(sent[:60], codes) for (sent, code), codes in zip(FRAMES, found, strict=True) if codes != [code]]
    assert wrong == []


@pytest.mark.parametrize("bad", ["%00", "%ED%A0%80", "%ff", "%F0%9F%8D%95", "x" * 2000, "%0d%0a", "'"])
async def test_a_resume_point_of_nowhere_is_a_snapshot(server: RunningServer, http: ClientSession, bad: str) -> None:
    token = token_for(JWT_SECRET, server.branch_id)
    for point in (f"since=1&epoch={bad}", f"since=1&at={bad}", f"since=0&epoch={bad}&at={bad}"):
        url = URL(f"{server.url}/kitchen/display?{point}", encoded=True)
        async with http.ws_connect(url, protocols=("kds.v1", f"bearer.{token}")) as ws:
            assert [(await ws.receive_json(timeout=10))["type"] for _ in range(2)] == ["HELLO", "SNAPSHOT"]


@pytest.mark.expects_error("the socket is made to fail")
async def test_a_fault_of_ours_ends_the_socket_instead_of_leaving_it_silent(
    server: RunningServer, http: ClientSession, db: Any
) -> None:
    token = token_for(JWT_SECRET, server.branch_id)
    await db.execute(  # what is not there counts as a database that is being restored
        "CREATE OR REPLACE FUNCTION epoch() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'a fault of ours'; END $$"
    )
    protocols = ("kds.v1", f"bearer.{token}")
    async with http.ws_connect(f"{server.url}/kitchen/display?since=0", protocols=protocols) as ws:
        await ws.receive(timeout=10)
        assert ws.close_code == 1011


async def test_fragments_pings_and_emptiness_are_legal(attacked: ServeProcess, branch_id: str) -> None:
    async with connection(attacked) as (reader, writer):
        await handshake(writer, token_for(JWT_SECRET, branch_id))
        await reader.readuntil(b"\r\n\r\n")
        writer.write(frame(0x01, b"[1,") + frame(0x89, b"here?") + frame(0x00, b"") + frame(0x80, b"2]"))
        writer.write(frame(0x8A, b"unasked pong") + frame(0x88, (1000).to_bytes(2, "big")))
        frames = await read_frames(reader)
    assert (10, b"here?") in frames
    assert [json.loads(payload)["error"]["code"] for opcode, payload in frames if opcode == 1] == ["unknown_message"]


@pytest.mark.parametrize("first", [0x89, 0x8A, 0x00], ids=["pings", "pongs", "parts of a message"])
async def test_who_floods_with_empty_frames_is_cut_after_a_few(
    attacked: ServeProcess, branch_id: str, first: int
) -> None:
    async with connection(attacked) as (reader, writer):
        await handshake(writer, "", f"/public/branches/{branch_id}/menu/live", Sec_WebSocket_Protocol="")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(frame(0x01, b"") + frame(first, b"") * 200_000)
        frames = await read_frames(reader)
    pongs = [payload for opcode, payload in frames if opcode == 10]
    assert len(pongs) < 2 * FRAMES_AT_ONCE
    # its close frame may be lost: what is still unread when a connection ends lets the system reset it
    assert [int.from_bytes(payload, "big") for opcode, payload in frames if opcode == 8] in ([1008], [])


HANDSHAKES: list[tuple[str, dict[str, str], int]] = [
    ("/kitchen/display", {"Upgrade": ""}, 426),
    ("/kitchen/display", {"Connection": ""}, 426),
    ("/kitchen/display", {"Sec_WebSocket_Version": "99"}, 426),
    ("/kitchen/display", {"Sec_WebSocket_Version": ""}, 426),
    ("/kitchen/display", {"Sec_WebSocket_Key": ""}, 426),
    ("/kitchen/display", {"Sec_WebSocket_Key": "short"}, 426),
    ("/kitchen/display", {"Sec_WebSocket_Protocol": ""}, 401),
    ("/kitchen/display", {"Sec_WebSocket_Protocol": "bearer.x"}, 401),
    ("/kitchen/display", {"Origin": "https://evil.example"}, 403),
    ("/kitchen/display", {"Origin": "null"}, 403),
    ("/kitchen/display", {"Origin": "https://127.0.0.1.evil.example"}, 403),
    ("/kitchen/display", {"Origin": "http://["}, 403),
    ("/kitchen/display?since=-1", {}, 400),
    ("/kitchen/display?since=1.0", {}, 400),
    ("/kitchen/display?since=%D9%A1", {}, 400),
    ("/kitchen/display?since=" + "9" * 31, {}, 400),
    ("/kitchen/display?since=", {}, 400),
    ("/pickup/live", {}, 403),
    ("/kitchen/display", {"Sec_WebSocket_Extensions": "permessage-deflate; server_max_window_bits=99"}, 101),
    ("/kitchen/display?since=99999999999999999999&epoch=x&at=x", {}, 101),
]


async def test_a_handshake_is_refused_before_the_upgrade(attacked: ServeProcess, branch_id: str) -> None:
    async def answer(path: str, changes: dict[str, str]) -> bytes:
        async with connection(attacked) as (reader, writer):
            await handshake(writer, token_for(JWT_SECRET, branch_id), path, **changes)
            return await reader.readuntil(b"\r\n\r\n")

    heads = await asyncio.gather(*(answer(path, changes) for path, changes, _ in HANDSHAKES))
    wrong = [
        (*handshake, head)
        for handshake, head in zip(HANDSHAKES, heads, strict=True)
        if int(head.split()[1]) != handshake[2] or b"permessage-deflate" in head
    ]
    assert wrong == []
