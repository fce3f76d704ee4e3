"""The processes that look, as the gate has them: with a real clamd, a real rule, a bomb, and one that is killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from broker.quarantine.archives import MIB
from broker.quarantine.cards import Card
from broker.quarantine.lookers import NOBODY, Lookers, Means, Report
from broker.quarantine.node import NodeQuarantine
from broker.quarantine.seams import Verdict
from domain.screening import FileRules
from tests.broker.quarantine.packed import zipped
from tests.broker.quarantine.store import CAME, Place
from tests.clamav import EICAR, clamd
from tests.house.repository import HERE
from tests.looker import unit

RULE = 'rule backdoor { strings: $a = "let me in" condition: $a }'

MAY_NOT = """
import ctypes, pathlib, platform, struct, sys
from broker.quarantine.yara_rules import compiled
from domain.errors import ConfigError

mprotect = {"x86_64": 10, "aarch64": 226}[platform.machine()]
steps = [
    (0x20, 0, 0, 0),  # the call's number
    (0x15, 0, 3, mprotect),
    (0x20, 0, 0, 32),  # its third argument, the lower half
    (0x45, 0, 1, 4),  # PROT_EXEC?
    (0x06, 0, 0, 0x00050001),  # EPERM
    (0x06, 0, 0, 0x7FFF0000),  # all else is allowed
]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in steps))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS"
assert libc.prctl(22, 2, program, 0, 0) == 0, "PR_SET_SECCOMP"
try:
    compiled([pathlib.Path(sys.argv[1])])
except ConfigError as error:
    print(error.fact)
"""
"""A process that may make no memory executable, as ``MemoryDenyWriteExecute=`` has it (seccomp(2)), and rules."""


@pytest.fixture
async def lookers(place: Place) -> AsyncIterator[Lookers]:
    rules = place.folder / "plant.yar"
    rules.write_text(RULE)
    with clamd(place.folder) as (path, _):
        async with Lookers(Means(str(path), (str(rules),), 20.0, MIB, processes=1)) as one:
            yield one


def by(lookers: Lookers, place: Place) -> Place:
    """The place, whose files these look at."""

    async def look(card: Card) -> Report:
        return await lookers.look(place.shelf.path(card.id), place.shelf.key(card.id), card.size, "fw")

    place.look = look  # type: ignore[method-assign] # what stands in for it is the real one
    place.rules = FileRules(at_once=True)
    return place


async def brought(node: NodeQuarantine, data: bytes) -> Verdict:
    intake = node.begin(CAME)
    intake.write(0, data)
    return await intake.finish()


async def test_what_a_scanner_finds_is_held_and_what_none_finds_passes(
    lookers: Lookers, place: Place
) -> None:
    """D15: EICAR is held, by itself and inside an archive; so is what the plant's own rule names; a bomb costs a bounded memory."""
    async with by(lookers, place).node() as node:
        assert (await brought(node, b"clean firmware")).code == "file_clean"
        (pid,) = lookers.pids()
        bad = (EICAR, zipped({"a.com": EICAR}), b"please let me in")
        for data in bad:
            verdict = await brought(node, data)
            assert (verdict.code, verdict.may_pass) == ("file_found", False)
        bomb = zipped({"zeros": bytes(24 * MIB)})
        assert (await brought(node, bomb)).code == "file_archive_bomb"
        assert lookers.pids() == (pid,)
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
        peak_kib = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
        assert peak_kib < 250 * 1024
        passing = [
            one.size
            for data in (b"clean firmware", *bad, bomb)
            for one in await node.released(CAME, sha256(data).hexdigest())
        ]
        assert passing == [len(b"clean firmware")]


async def test_a_look_that_is_killed_in_the_middle_or_finds_no_scanner_holds_the_file(
    lookers: Lookers, place: Place
) -> None:
    """D15: what nobody looked at to its end is held, and nobody may release it."""
    async with by(lookers, place).node() as node:
        await brought(node, b"the first starts it")
        (pid,) = lookers.pids()
        os.kill(pid, signal.SIGSTOP)
        async with asyncio.TaskGroup() as group:
            coming = group.create_task(brought(node, b"the second is never done"))
            while len(place.told.events) < 3:  # the first one's two, and that this one was taken in
                await asyncio.sleep(0.01)
            os.kill(pid, signal.SIGKILL)
        verdict = coming.result()
        assert (verdict.code, verdict.may_pass) == ("file_not_screened", False)
        card = node.card(verdict.id)
        assert card is not None
        assert not card.releasable
        assert (await node.screen(verdict.id)).code == "file_clean"
        (other,) = lookers.pids()
        assert other != pid

        lookers.means = replace(lookers.means, clamd="/nowhere.sock")
        await lookers._all[0].end()
        lookers._all[0]._means = lookers.means
        assert (await brought(node, b"nobody home")).code == "file_not_scanned"


async def test_a_look_that_takes_too_long_is_ended(place: Place) -> None:
    async with Lookers(Means(patience_s=0.01, processes=1)) as lookers, by(lookers, place).node() as node:
        first = await brought(node, b"x")
        assert first.code in {"file_not_screened", "file_no_scanner"}
        (pid,) = lookers.pids() or (0,)
        if pid:
            os.kill(pid, signal.SIGSTOP)
            assert (await brought(node, b"y")).sentence.endswith("It took too long.")
            assert not Path(f"/proc/{pid}").exists()
    assert lookers.pids() == ()


async def test_a_unit_of_its_own_looks_where_the_gate_may_make_no_machine_code(place: Place) -> None:
    """D15: under the gate's own hardening YARA-X can't run, which holds every file and is said; behind its socket it can."""
    rules = place.folder / "plant.yar"
    rules.write_text(RULE)
    means = Means(yara=(str(rules),), folder=str(place.folder), processes=1)
    told = subprocess.run(
        [sys.executable, "-P", "-c", MAY_NOT, str(rules)], capture_output=True, text=True, check=True,
        env=os.environ | {"PYTHONPATH": str(HERE)},
    )  # fmt: skip
    assert "can't work here" in told.stdout
    with unit(place.folder) as path:
        async with Lookers(replace(means, looker=str(path))) as lookers, by(lookers, place).node() as node:
            assert (await brought(node, b"please let me in")).code == "file_found"
            assert (await brought(node, b"clean firmware")).code == "file_clean"
            assert lookers.pids() == ()
            lookers._all[0]._asked.transport.abort()  # type: ignore[union-attr] # it is gone, and comes again
            assert (await brought(node, b"clean as well")).code == "file_clean"
    async with Lookers(replace(means, looker=str(path))) as lookers, by(lookers, place).node() as node:
        verdict = await brought(node, b"nobody there")
        assert (verdict.code, verdict.may_pass) == ("file_not_screened", False)
        assert verdict.sentence.endswith(NOBODY)
