"""Whatever a channel carries arrives whole, in order and to its end, with the payload relay and without."""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator
from typing import Any

import asyncssh
import pytest

from broker.conduits.asyncssh_internals import lean
from broker.conduits.asyncssh_internals.straight import _joined
from broker.conduits.company import ALONE_BYTES
from tests.peers.gate import PeerGate
from tests.peers.guests import inside
from tests.sshd import Sshd

SIZE = 3 * 1024 * 1024
TWISTED = "cat; echo end of input >&2; head -c 100000 /dev/zero; echo more >&2; kill -TERM $$"


@pytest.fixture(params=[True, False], ids=["relay", "asyncssh"])
async def conn(
    request: pytest.FixtureRequest, gate: PeerGate, asset: Sshd, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[asyncssh.SSHClientConnection]:
    monkeypatch.setattr(lean, "fits", lambda: request.param)
    async with inside(gate) as entered:
        yield entered


async def _fed(process: Any, data: bytes, chance: random.Random) -> None:
    at = 0
    while at < len(data):
        step = chance.choice((1, 7, 500, 32768, 70_000, 300_000))
        process.stdin.write(data[at : at + step])
        at += step
        if chance.random() < 0.2:
            await process.stdin.drain()
        if chance.random() < 0.1:
            await asyncio.sleep(0)
    process.stdin.write_eof()


@pytest.mark.parametrize("seed", range(3))
async def test_noise_in_pieces_of_any_size_comes_back_to_the_byte(
    conn: asyncssh.SSHClientConnection, seed: int
) -> None:
    chance = random.Random(seed)
    data = chance.randbytes(SIZE)
    process = await conn.create_process("cat", encoding=None)
    out, _ = await asyncio.gather(process.stdout.read(), _fed(process, data, chance))
    assert hashlib.sha256(out).digest() == hashlib.sha256(data).digest()
    assert (await process.wait()).exit_status == 0


async def test_several_channels_of_one_connection_do_not_mix(conn: asyncssh.SSHClientConnection) -> None:
    async def one(seed: int) -> bool:
        chance = random.Random(seed)
        data = chance.randbytes(SIZE // 4)
        process = await conn.create_process("cat", encoding=None)
        out, _ = await asyncio.gather(process.stdout.read(), _fed(process, data, chance))
        return bool(out == data)

    assert await asyncio.gather(*(one(seed) for seed in range(6))) == [True] * 6


async def test_ends_and_both_outputs_and_the_signal_arrive_in_their_order(
    conn: asyncssh.SSHClientConnection,
) -> None:
    process = await conn.create_process(TWISTED, encoding=None)
    process.stdin.write(b"x" * 200_000)
    process.stdin.write_eof()
    out, err = await asyncio.gather(process.stdout.read(), process.stderr.read())
    assert out == b"x" * 200_000 + bytes(100_000)
    assert err.endswith(b"end of input\nmore\n")
    assert (await process.wait()).exit_signal[0] == "TERM"


async def test_a_client_with_a_small_window_gets_everything(conn: asyncssh.SSHClientConnection) -> None:
    process = await conn.create_process(
        f"head -c {SIZE} /dev/zero", encoding=None, window=3000, max_pktsize=1024
    )
    assert len(await process.stdout.read()) == SIZE
    assert (await process.wait()).exit_status == 0


@pytest.mark.parametrize(
    ("lengths", "joined"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([(5, None)], [(5, None)], id="one piece"),
        pytest.param([(5, None), (6, None)], [(11, None)], id="two become one"),
        pytest.param([(5, None), (6, 1), (7, 1)], [(5, None), (13, 1)], id="standard error stays apart"),
        pytest.param(
            [(ALONE_BYTES, None), (1, None)], [(ALONE_BYTES, None), (1, None)], id="as long as one reading"
        ),
    ],
)
def test_what_was_held_back_goes_on_in_fewer_pieces(lengths: Any, joined: Any) -> None:
    pieces = [(random.Random(at).randbytes(size), kind) for at, (size, kind) in enumerate(lengths)]
    fewer = _joined(list(pieces))
    assert [(len(data), kind) for data, kind in fewer] == joined
    assert b"".join(data for data, _ in fewer) == b"".join(data for data, _ in pieces)
