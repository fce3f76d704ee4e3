"""Files on their way into the quarantine and out of it, against a real folder."""

import asyncio
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from broker.quarantine.judging import Scan, ScanResult
from broker.quarantine.lookers import Report
from broker.quarantine.node import NodeQuarantine, shown
from broker.quarantine.seams import FileState, NotTakenError, Outcome, QuarantineFull, Verdict
from broker.quarantine.spool import WAITING_BYTES
from domain.access import Grant
from domain.errors import EvidenceError
from domain.events import FileErased, FileNotTaken, FileScreened, FileTakenIn
from domain.screening import FileRules
from policies.charter.ssh_keys import fingerprint
from tests.broker.quarantine.store import CAME, CLEAN, MIB, QUOTA, Place
from tests.broker.quarantine.test_signatures import drawn, signed
from tests.stride import DEEP

FIRMWARE = bytes(range(256)) * 4096
DIGEST = hashlib.sha256(FIRMWARE).hexdigest()


async def brought(node: NodeQuarantine, data: bytes = FIRMWARE, name: bytes = CAME.name) -> Verdict:
    intake = node.begin(replace(CAME, name=name), len(data))
    for at in range(0, len(data), 32_768):
        intake.write(at, memoryview(data)[at : at + 32_768])
    return await intake.finish()


async def test_what_came_is_on_the_disk_encrypted_and_in_the_ledger_before_anybody_is_told(
    place: Place,
) -> None:
    async with place.node() as node:
        verdict = await brought(node)
        assert (verdict.state, verdict.code, verdict.sha256, verdict.size) == (
            FileState.HELD, "file_waits", DIGEST, len(FIRMWARE)
        )  # fmt: skip
        taken, screened = place.told.events
        assert (taken.file, taken.sha256, taken.whole, taken.name) == (verdict.id, DIGEST, True, "fw-2.1.bin")
        assert (screened.state, screened.code, screened.scans) == (
            "held",
            "file_waits",
            ("clamav 1.4: clean",),
        )
        lying = place.shelf.path(verdict.id).read_bytes()
        assert FIRMWARE[:256] not in lying
        reader = place.shelf.open(verdict.id, verdict.size)
        assert reader.read(0, verdict.size) == FIRMWARE
        assert await node.released(CAME, DIGEST) == []


async def test_a_clean_file_passes_at_once_only_where_the_charter_says_so_and_as_long_as_it_does(
    place: Place,
) -> None:
    place.rules = FileRules(at_once=True)
    async with place.node() as node:
        verdict = await brought(node)
        assert verdict.may_pass
        (one,) = await node.released(CAME, DIGEST)
        assert (one.id, one.sha256, one.size, one.name) == (verdict.id, DIGEST, len(FIRMWARE), CAME.name)
        assert one.open().read(300, 4) == FIRMWARE[300:304]
        for other in (
            replace(CAME, permit="q" * 26),
            replace(CAME, asset="hmi-1"),
            replace(CAME, conduit="dmz-pumping"),
        ):
            assert await node.released(other, DIGEST) == []  # type: ignore[arg-type] # ids of another kind
        place.rules = FileRules(at_once=True, expected=frozenset({"00" * 32}))
        assert await node.released(CAME, DIGEST) == []
        place.rules = FileRules()
        assert await node.released(CAME, DIGEST) == []


async def test_a_file_that_must_be_signed_waits_for_its_signature_and_passes_once_that_came(
    place: Place, tmp_path: Path
) -> None:
    """D15: an unsigned firmware is held; its vendor's signature may come before it or after."""
    key = drawn(tmp_path, "vendor")
    place.rules = FileRules(at_once=True, signed_by=frozenset({key}))
    place.report = lambda card: Report(card.sha256, scans=CLEAN, sha512=hashlib.sha512(FIRMWARE).hexdigest())
    async with place.node() as node, asyncio.TaskGroup() as group:
        telling = group.create_task(node.run())
        held = await brought(node)
        assert held.code == "file_unsigned"
        assert (await brought(node, b"nonsense", CAME.name + b".sig")).code == "file_unsigned"
        while (node.card(held.id) or held).code != "file_signature_wrong":
            await asyncio.sleep(0)
        assert await node.released(CAME, DIGEST) == []
        sig = await brought(node, signed(tmp_path, "vendor", FIRMWARE), CAME.name + b".sig")
        assert sig.may_pass
        while not await node.released(CAME, DIGEST):
            await asyncio.sleep(0)
        told = place.told.of(FileScreened)[-1]
        assert (told.file, told.scans[-1]) == (held.id, f"signature: by {fingerprint(key)}")
        place.rules = FileRules(at_once=True, signed_by=frozenset({drawn(tmp_path, "other")}))
        assert await node.released(CAME, DIGEST) == []
        telling.cancel()


async def test_a_scanner_that_does_not_answer_holds_a_file_and_it_is_looked_at_again(place: Place) -> None:
    place.rules = FileRules(at_once=True)
    answers = [
        Report(fault="The process that looks at files ended before it was done."),
        Report(DIGEST, scans=(Scan("clamav", "", ScanResult.FAILED),)),
        Report("00" * 32, scans=CLEAN),
        Report(DIGEST, scans=CLEAN),
    ]
    place.report = lambda _card: answers.pop(0)
    async with place.node() as node:
        verdict = await brought(node)
        codes = [verdict.code]
        while answers:
            card = node.card(verdict.id)
            assert card is not None
            assert not card.releasable
            assert await node.released(CAME, DIGEST) == []
            codes.append((await node.screen(verdict.id)).code)
        assert codes == ["file_not_screened", "file_not_scanned", "file_not_screened", "file_clean"]
        assert len(await node.released(CAME, DIGEST)) == 1
        assert place.told.of(FileScreened)[2].state == "held"


async def test_parts_that_come_early_are_put_in_order_and_a_hole_or_a_second_writing_is_refused(
    place: Place,
) -> None:
    async with place.node() as node:
        intake = node.begin(CAME)
        intake.write(100, FIRMWARE[100:200])
        intake.write(200, FIRMWARE[200:300])
        intake.write(0, FIRMWARE[:100])
        assert intake.size == 300
        assert (await intake.finish()).sha256 == hashlib.sha256(FIRMWARE[:300]).hexdigest()

        for at, code in ((10 << 40, "file_sparse"), (50, "file_rewritten")):
            intake = node.begin(CAME)
            intake.write(0, bytes(100))
            with pytest.raises(NotTakenError) as caught:
                intake.write(at, b"x")
            assert caught.value.code == code
            verdict = await intake.abandon("refused")
            assert (verdict.state, verdict.id, verdict.code) == (FileState.REFUSED, "", code)
        overlapping = node.begin(CAME)
        overlapping.write(10, bytes(10))
        with pytest.raises(NotTakenError, match="came already"):
            overlapping.write(0, bytes(15))
        holed = node.begin(CAME)
        holed.write(0, b"a")
        holed.write(5, b"b")
        verdict = await holed.finish()
        assert (verdict.code, verdict.size) == ("file_cut", 1)
        assert place.told.of(FileTakenIn)[-1].cause == "nothing came for byte 1"


async def test_a_cut_transfer_is_kept_as_what_came_and_says_so(place: Place) -> None:
    async with place.node() as node:
        intake = node.begin(CAME, len(FIRMWARE))
        intake.write(0, FIRMWARE[: MIB // 2])
        verdict = await intake.abandon("the connection was lost")
        assert (verdict.state, verdict.code, verdict.size) == (FileState.REFUSED, "file_cut", MIB // 2)
        assert await intake.finish() == verdict
        (taken,) = place.told.events
        assert (taken.whole, taken.cause, taken.size) == (False, "the connection was lost", MIB // 2)
        assert not place.looked
        assert place.shelf.open(verdict.id, verdict.size).read(0, MIB) == FIRMWARE[: MIB // 2]


async def test_what_would_be_too_much_is_turned_away_before_a_byte_is_taken_and_nothing_of_it_stays(
    place: Place,
) -> None:
    place.quota = replace(QUOTA, file_bytes=1000, session_open=1)
    async with place.node() as node, asyncio.TaskGroup() as group:
        telling = group.create_task(node.run())
        with pytest.raises(QuarantineFull) as caught:
            node.begin(CAME, 1001)
        assert caught.value.code == "file_quota_large"
        intake = node.begin(CAME)
        with pytest.raises(QuarantineFull, match="at once"):
            node.begin(CAME)
        intake.write(0, bytes(1000))
        with pytest.raises(QuarantineFull):
            intake.write(1000, b"x")
        with pytest.raises(QuarantineFull):
            intake.write(1000, b"x")
        assert (await intake.finish()).code == "file_quota_large"
        while len(place.told.events) < 2:
            await asyncio.sleep(0)
        assert {one.code for one in place.told.of(FileNotTaken)} == {"file_quota_large", "file_quota_open"}
        assert place.shelf.files() == ()
        telling.cancel()


async def test_the_charter_s_own_largest_size_is_held_to_as_it_comes(place: Place) -> None:
    place.rules = FileRules(largest_bytes=10)
    async with place.node() as node:
        with pytest.raises(NotTakenError) as caught:
            node.begin(CAME, 11)
        intake = node.begin(CAME)
        intake.write(0, bytes(10))
        with pytest.raises(NotTakenError):
            intake.write(10, b"x")
        assert (await intake.finish()).code == caught.value.code == "file_too_large"


async def test_a_disk_without_room_is_no_room_and_never_half_a_file(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with place.node() as node:
        monkeypatch.setattr(node._shelf, "_share", 1.0)
        with pytest.raises(QuarantineFull) as caught:
            node.begin(CAME)
        assert caught.value.code == "file_no_room"
        monkeypatch.setattr(node._shelf, "_share", 0.0)
        monkeypatch.setattr(node._shelf.store, "_least_free_share", 1.0)
        # At once: a second write may hear of it before the end.
        verdict = await brought(node, FIRMWARE[:32_768])
        assert (verdict.state, verdict.id, verdict.code) == (FileState.REFUSED, "", "file_no_room")
        assert place.shelf.files() == place.shelf.store.open_ones() == ()
        assert not place.told.of(FileTakenIn)


async def test_a_ledger_that_can_not_be_told_lets_nobody_hear_of_a_file_and_the_next_start_tells_it(
    place: Place,
) -> None:
    place.rules = FileRules(at_once=True)
    async with place.node() as node:
        place.told.failing = True
        with pytest.raises(EvidenceError):
            await brought(node)
        assert await node.released(CAME, DIGEST) == []
    place.told.failing = False
    async with place.node() as node:
        (taken,) = place.told.events
        assert (taken.sha256, taken.whole) == (DIGEST, True)
        card = node.card(taken.file)
        assert card is not None
        assert card.code == "file_not_screened"
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(node.run())
            while not await node.released(CAME, DIGEST):
                await asyncio.sleep(0)
            looking.cancel()


async def test_what_was_known_is_known_after_a_restart_and_a_changed_card_is_not_believed(
    place: Place,
) -> None:
    place.rules = FileRules(at_once=True)
    async with place.node() as node:
        verdict = await brought(node)
    async with place.node() as node:
        assert [one.id for one in await node.released(CAME, DIGEST)] == [verdict.id]
        assert len(place.told.events) == 2
        assert node._quotas.octets == len(FIRMWARE)
    card = place.folder / "quarantine" / f"{verdict.id}.card"
    card.write_bytes(card.read_bytes().replace(b"eng-ws-1", b"plc-0007"))
    async with place.node() as node:
        assert await node.released(replace(CAME, asset="plc-0007"), DIGEST) == []  # type: ignore[arg-type] # an id
        assert await node.released(CAME, DIGEST) == []
        assert [one.code for one in [node.card(verdict.id)] if one] == ["file_not_screened"]


async def test_an_erased_file_is_gone_for_good(place: Place) -> None:
    async with place.node() as node:
        verdict = await brought(node)
        assert node.of_session(CAME.session) == (verdict.id,)
        assert await node.erase(verdict.id) > 0
        assert await node.erase(verdict.id) == 0
        assert list((place.folder / "quarantine").glob(f"{verdict.id}*")) == []
        with pytest.raises(EvidenceError):
            await node.screen(verdict.id)
        assert node._quotas.octets == 0


async def test_a_session_s_files_go_with_its_evidence_and_a_leaf_tells_of_each_before(place: Place) -> None:
    """D15: files are kept and erased as the recording of their session is."""
    other = replace(CAME, session="t" * 26)  # type: ignore[arg-type] # an id
    async with place.node() as node:
        first = await brought(node)
        intake = node.begin(other)
        intake.write(0, b"x")
        second = await intake.finish()
        await node.erase_of(CAME.session, "ab" * 32)
        await node.erase_of(CAME.session, "ab" * 32)
        (gone,) = place.told.of(FileErased)
        assert (gone.file, gone.sha256, gone.ask) == (first.id, DIGEST, "ab" * 32)
        assert place.shelf.files() == (second.id,)


async def test_bytes_that_went_through_are_told_as_delivered_or_as_moved(place: Place) -> None:
    async with place.node() as node:
        await node.moved(CAME, size=3, sha256="ab" * 32, outcome=Outcome.WHOLE, released="f" * 26)
        out = replace(CAME, way=Grant.of("scp"), name=b"\x1b]0;x\x07\xff.log")
        await node.moved(out, size=9, sha256="cd" * 32, outcome=Outcome.CUT)
        delivered, moved = place.told.events
        assert (delivered.file, delivered.outcome) == ("f" * 26, "whole")
        assert (moved.passage, moved.outcome, moved.name) == ("scp", "cut", shown(out.name))
        assert moved.name.isprintable()


async def test_large_files_and_very_many_small_ones_cost_bounded_memory(place: Place) -> None:
    """5 GB and 100,000 files in `make deep`; what is held in memory is asserted, and that every byte comes back."""
    large, many = (5 * 10**9, 100_000) if DEEP else (6 * MIB, 40)
    place.quota = replace(
        QUOTA, file_bytes=large, session_bytes=2 * large, permit_bytes=2 * large, session_files=many + 1,
        permit_files=many + 1, session_files_per_min=many + 1,
    )  # fmt: skip
    place.report = lambda card: Report(card.sha256, scans=CLEAN)
    part = bytes(range(256)) * 1024
    async with place.node() as node:
        intake, hashed = node.begin(CAME, large), hashlib.sha256()
        for at in range(0, large, len(part)):
            piece = memoryview(part)[: large - at]
            intake.write(at, piece)
            hashed.update(piece)
            assert len(intake._spool._waiting) <= WAITING_BYTES + len(part)
        verdict = await intake.finish()
        assert (verdict.size, verdict.sha256) == (large, hashed.hexdigest())
        reader = place.shelf.open(verdict.id, large)
        assert reader.read(large - 10, 20) == (part * 2)[(large - 10) % len(part) :][:10]
        for number in range(many):
            small = node.begin(replace(CAME, name=b"%d" % number))
            small.write(0, b"%d" % number)
            assert (await small.finish()).code == "file_waits"
        assert len(node.of_session(CAME.session)) == many + 1
    async with place.node() as node:
        assert len(node.of_session(CAME.session)) == many + 1
