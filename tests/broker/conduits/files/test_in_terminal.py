"""A terminal in which files may begin to move, from both ends; lrzsz itself is in tests/peers."""

import asyncio

from broker.conduits.files.in_terminal import MOST_TOLD, WatchedPassage
from broker.conduits.files.passage import Desk
from broker.conduits.files.zmodem import CANCEL
from broker.conduits.terminal.passage import STDERR, Early
from domain.access import Flow
from tests.broker.conduits.files.test_passage import Session, Shelf, came
from tests.broker.conduits.files.test_zmodem import RECEIVER, SENDER
from tests.broker.conduits.files.test_zmodem_reader import sent
from tests.broker.conduits.terminal.test_passage import Asset, Vendor


async def watched(*flows: Flow) -> tuple[WatchedPassage, Session, Vendor, Asset, list[str]]:
    session, vendor, asset, refused = Session(), Vendor(), Asset(), []
    passage = WatchedPassage(
        session,
        vendor,
        Early(),
        frozenset(flows),
        line=False,
        refused=lambda code, _said: refused.append(code),
    )
    passage.number = 1
    assert await passage.open(asset, "exec", b"sz x")
    return passage, session, vendor, asset, refused


async def test_whoever_begins_without_a_grant_is_told_to_stop_and_nothing_of_it_passes() -> None:
    passage, session, vendor, asset, refused = await watched(Flow.PUT)
    passage.asset_sent(b"one " + SENDER + b"two")
    assert (bytes(vendor.sent), bytes(asset.sent)) == (b"one two", CANCEL)
    passage.asset_sent(RECEIVER)
    assert vendor.sent.endswith(RECEIVER)
    passage.vendor_sent(b"ls\r" + RECEIVER)
    assert asset.sent.endswith(b"ls\r")
    assert vendor.sent.endswith(CANCEL)
    assert refused == ["zmodem_refused"] * 2
    assert b"[zmodem_refused]" in vendor.errors
    for _ in range(2 * MOST_TOLD):
        passage.asset_sent(SENDER)
    assert len(refused) == MOST_TOLD
    assert len(session.marks) == 2 * MOST_TOLD + 2


async def test_what_is_granted_passes_and_its_name_is_kept() -> None:
    passage, session, vendor, _, refused = await watched(Flow.GET)
    frame = b"*\x18A\x04\x00\x00\x00\x00\x11\x12" + b"log\xff\x0077 0 0\x00\x18k"
    passage.asset_sent(SENDER + frame)
    passage.asset_sent(SENDER, STDERR)
    assert bytes(vendor.sent) == SENDER + frame
    (told,) = session.marks
    assert (told["path"], told["bytes"], told["way"], told["outcome"]) == ("log\\xff", 77, "get", "announced")
    assert not refused


async def test_a_file_that_crossed_is_told_with_its_digest_and_one_that_was_cut_says_so() -> None:
    """D15: a transfer in a terminal leaves a leaf, whole or not."""
    for stream, outcome in ((sent(), "whole"), (sent()[:3000], "cut")):
        session, vendor, asset, shelf = Session(), Vendor(), Asset(), Shelf()
        tasks: list[asyncio.Task[None]] = []
        desk = Desk(
            "exec",
            came,
            shelf,
            lambda work, tasks=tasks: tasks.append(asyncio.get_running_loop().create_task(work)),
            lambda *_: None,
        )
        passage = WatchedPassage(
            session, vendor, Early(), frozenset({Flow.PUT}), line=False, refused=lambda *_: None, desk=desk
        )
        passage.number = 1
        shelf.gate.set()
        assert await passage.open(asset, "exec", b"rz")
        passage.vendor_sent(stream)
        passage.vendor_gone()
        await asyncio.gather(*tasks)
        assert bytes(asset.sent) == stream
        assert [one["outcome"] for one in session.marks if one["mark"] == "file"] == ["announced", outcome]
        assert [(one[0], one[3]) for one in shelf.told] == [(b"fw 2.bin", outcome)]  # type: ignore[index] # what moved says
