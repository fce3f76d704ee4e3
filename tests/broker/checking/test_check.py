"""One thing changed anywhere in a real node's folder: found in the next run, with who had it last; and nothing else."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio

from broker.checking.check import check
from broker.clock import SystemClock
from broker.evidence.check_status import UnderWay, read_last, read_under_way, write_under_way
from broker.evidence.checked import Checked
from broker.layout import Layout
from broker.settings import read_settings
from domain.errors import EvidenceError
from domain.events import Event, EvidenceChecked, EvidenceFaultFound, EvidenceFaultGone
from recorder.ledger.reader import LogReader
from recorder.ledger.tiles import WIDTH, tile_path
from tests.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def worked(plant: Node) -> str:
    """A session that was, and that somebody took away."""
    person = plant.fresh()
    permit = await plant.permitted(person)
    done = await plant.client(person).ssh(f"{person}+eng-ws-1", "echo marker")
    assert done.out == b"marker\n", done
    opened = await plant.event("SessionOpened", permit=permit)
    session = str(opened["session"])
    await plant.event("SessionEnded", session=session)
    case = plant.scratch / f"{session}.zip"
    await plant.command("evidence", "export", session, str(case), "--dir", str(plant.layout.folder))
    return session


@pytest.fixture
def node(plant: Node, worked: str, tmp_path: Path) -> Layout:
    """The node's folder as it is, for spoiling."""
    assert worked
    layout = Layout(tmp_path / "node")
    shutil.copytree(
        plant.layout.folder, layout.folder, ignore=shutil.ignore_patterns("run", "checked", "penstock.db*")
    )
    with plant.database() as live, closing(sqlite3.connect(layout.database)) as copy:
        live.backup(copy)
    return layout


async def run(layout: Layout, told: list[Event] | None = None) -> Checked:
    def keep(event: Event) -> None:
        if told is not None:
            told.append(event)

    return await asyncio.to_thread(
        check, layout, read_settings(layout), SystemClock(), keep, lambda _read: None
    )


def flip(path: Path, at: int = -9) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)


async def test_an_untouched_node_is_found_whole_and_the_leaf_counts_what_was_compared(node: Layout) -> None:
    """F13, F19: no false alarm, and every kind of thing was looked at."""
    told: list[Event] = []
    found = await run(node, told)
    assert found.found == (), found.found
    assert (
        min(found.counts[name] for name in ("recordings", "permits", "approvals", "charters", "trusts")) > 0
    )
    (leaf,) = told
    assert isinstance(leaf, EvidenceChecked)
    assert (leaf.size, leaf.permits, leaf.found) == (found.size, found.counts["permits"], 0)
    assert read_last(node.checked) == found


def _sql(statement: str) -> Callable[[Layout, str], None]:
    def spoil(layout: Layout, _session: str) -> None:
        with closing(sqlite3.connect(layout.database)) as database:
            database.execute("PRAGMA foreign_keys = OFF")
            assert database.execute(statement).rowcount > 0
            database.commit()

    return spoil


def _trust_key(layout: Layout, _session: str) -> None:
    text = layout.approvers.read_text()
    at = text.index('public_key = "') + 30
    layout.approvers.write_text(text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :])


def _vkey(layout: Layout, _session: str) -> None:
    flip(layout.ledger_vkey, -5)


def _bundle(layout: Layout) -> Path:
    return next(one for one in (layout.ledger / "tile/entries").glob("000*") if one.is_file())


def _tile(layout: Layout) -> Path:
    size = LogReader(layout.ledger).size
    return layout.ledger / tile_path(0, (size - 1) // WIDTH, (size - 1) % WIDTH + 1)


def _renamed(layout: Layout) -> None:
    for path in layout.charters.glob("*/people.toml"):
        path.write_text(path.read_text().replace('name = "P', 'name = "Q'))


SPOILERS: dict[str, tuple[Callable[[Layout, str], None], set[str]]] = {
    "a text of the ledger": (lambda it, _: flip(it.ledger / "events/000", 300), {"text"}),
    "an entry of the ledger": (
        lambda it, _: flip(_bundle(it), 40),
        {"entry"},
    ),
    "a tile": (lambda it, _: flip(_tile(it), 5), {"tile", "entry"}),
    "the checkpoint": (lambda it, _: flip(it.ledger / "checkpoint", -40), {"checkpoint", "key"}),
    "the ledger's key": (_vkey, {"checkpoint", "key"}),
    "a recording": (lambda it, session: flip(it.recordings / f"{session}.pnr", 200), {"recording"}),
    "a recording's key": (lambda it, session: flip(it.recordings / f"{session}.key"), {"recording"}),
    "a permit's bytes": (
        _sql("UPDATE permit SET document = CAST(replace(document, 'drive', 'drove') AS BLOB)"),
        {"permit"},
    ),
    "a permit's state": (_sql("DELETE FROM permit_approval"), {"permit"}),
    "a permit's row": (_sql("DELETE FROM permit"), {"permit"}),
    "the trust file": (_trust_key, {"trust", "approval"}),
    "a charter": (lambda it, _: _renamed(it), {"charter"}),
    "an application of the charter": (lambda it, _: flip(it.applied / "000001.json", 60), {"charter"}),
}


@pytest.mark.parametrize("what", SPOILERS)
async def test_what_was_spoiled_is_found_in_the_next_run(node: Layout, worked: str, what: str) -> None:
    """F13, F19: one byte or one row; the finding says what to do."""
    spoil, places = SPOILERS[what]
    spoil(node, worked)
    told: list[Event] = []
    found = await run(node, told)
    assert {one.place for one in found.found} & places, found.found
    assert all(one.remedy for one in found.found)
    leaves = [one for one in told if isinstance(one, EvidenceFaultFound)]
    assert [one.item for one in leaves] == [one.item for one in found.found]
    if what == "a recording":
        (one,) = found.found
        assert (one.item, one.code, one.holder.startswith("local:")) == (worked, "changed", True)


async def test_a_finding_is_told_once_and_that_it_is_gone_once(node: Layout, worked: str) -> None:
    path = node.recordings / f"{worked}.pnr"
    flip(path, 200)
    for kinds in ([EvidenceFaultFound, EvidenceChecked], [EvidenceChecked]):
        told: list[Event] = []
        await run(node, told)
        assert [type(one) for one in told] == kinds
    flip(path, 200)
    told = []
    await run(node, told)
    assert [type(one) for one in told] == [EvidenceFaultGone, EvidenceChecked]


async def test_a_run_that_was_killed_goes_on_after_the_recordings_that_it_had_done(
    node: Layout, worked: str
) -> None:
    begun = SystemClock().now()
    write_under_way(node.checked.parent / "checked", UnderWay(begun, worked, 7))
    flip(node.recordings / f"{worked}.pnr", 200)  # done already, so it is for the next run
    found = await run(node)
    assert (found.begun, found.found) == (begun, ())
    assert found.counts["recordings"] >= 7
    assert read_under_way(node.checked) is None
    assert len((await run(node)).found) == 1


async def test_two_do_not_run_at_once(node: Layout) -> None:
    def again(_event: Event) -> None:
        with pytest.raises(EvidenceError, match="under way already"):
            check(node, read_settings(node), SystemClock(), lambda _event: None, lambda _read: None)

    await asyncio.to_thread(check, node, read_settings(node), SystemClock(), again, lambda _read: None)
