"""Where asyncssh is not what was read, the payload relay is not used, and all goes as it went without it."""

import shutil
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from broker.conduits.asyncssh_internals import lean
from broker.conduits.asyncssh_internals.shape import READ, fits, matches
from tests.broker.conduits.asyncssh_internals.holding import legs
from tests.peers.gate import PeerGate
from tests.peers.guests import inside
from tests.sshd import Sshd

INSTALLED = Path(asyncssh.__file__).parent


def test_the_asyncssh_of_this_project_is_the_one_that_was_read() -> None:
    assert fits()


@pytest.mark.parametrize("name", READ)
def test_one_changed_byte_in_any_file_that_was_read_is_noticed(tmp_path: Path, name: str) -> None:
    for one in READ:
        (tmp_path / one).parent.mkdir(exist_ok=True)
        shutil.copyfile(INSTALLED / one, tmp_path / one)
    assert matches(tmp_path)
    data = bytearray((tmp_path / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / name).write_bytes(data)
    assert not matches(tmp_path)
    (tmp_path / name).unlink()
    assert not matches(tmp_path)


@pytest.mark.parametrize("same", [True, False], ids=["as it was read", "another"])
async def test_the_relay_is_used_exactly_where_asyncssh_is_as_it_was_read(
    gate: PeerGate, asset: Sshd, monkeypatch: pytest.MonkeyPatch, same: bool
) -> None:
    monkeypatch.setattr(lean, "fits", lambda: same)
    async with inside(gate) as conn:
        process = await conn.create_process("cat", encoding=None)
        process.stdin.write(b"there and back")
        assert await process.stdout.readexactly(14) == b"there and back"
        both: tuple[Any, Any] = await legs(gate)
        for leg in both:
            assert (leg._intake is not None) is same
            assert [channel.sink is not None for channel in leg._channels.values()] == [same]
        process.stdin.write_eof()
        assert (await process.wait()).exit_status == 0
