"""The ledger sent to a collector: at least once, in order, from where it was, and nothing lost by a crash."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from broker.notices.channels.channel import DeliveryError
from broker.siem.check import check
from broker.siem.collectors.collector import Line
from broker.siem.forwarder import LONGEST_WAIT_S, MOST_LINES, Forwarder, Told, wait_after_s
from broker.siem.ocsf import ocsf_line
from broker.siem.position import position_file, read_position
from domain.errors import EvidenceError
from domain.events import CollectorLate
from recorder.ledger.reader import Kept
from tests.broker.notices.happenings import Leaflog, asked, changed, ended, opened
from tests.broker.siem.leaves import Leaves
from tests.clock import FrozenClock
from tests.policies.plant import NOW, charter

ORIGIN = "riverside.example/ot-access/1"


@dataclass
class Receiver:
    """Takes lines, or says no as often as it was told to. The real transports have tests of their own."""

    taken: list[str] = field(default_factory=list)
    refusing: int = 0
    after_taking: bool = False
    """Whether it has the lines when it says no: its answer was lost."""
    confirms = True

    async def send(self, lines: Sequence[Line], now: datetime) -> None:
        if not self.refusing or self.after_taking:
            self.taken += [one.text.decode() for one in lines]
        if self.refusing:
            self.refusing -= 1
            raise DeliveryError("No.", code="refused")

    def leaves(self) -> list[int]:
        found = [json.loads(one)["unmapped"]["penstock"] for one in self.taken]
        return [one["leaf"] for one in found if not one["heartbeat"]]


@dataclass
class Stand:
    """A folder, a ledger, a receiver, and forwarders one after the other."""

    folder: Path
    log: Leaflog = field(default_factory=Leaflog)
    receiver: Receiver = field(default_factory=Receiver)
    clock: FrozenClock = field(default_factory=lambda: FrozenClock(NOW))
    begin_now: bool = False
    written: Leaves = field(default_factory=Leaves)

    def forwarder(self) -> Forwarder:
        told = Told(ORIGIN, "penstock 0.1.0", "soc", ocsf_line, begin_now=self.begin_now)
        return Forwarder(
            told,
            self.receiver,
            position_file(self.folder, "soc"),
            self.log,
            charter,
            self.clock,
            self.written,
        )


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


async def test_every_leaf_is_sent_in_order_and_a_restart_goes_on_from_there(stand: Stand) -> None:
    stand.log.add(asked(), changed("approved"))
    await stand.forwarder().step()
    stand.log.add(opened(), ended("finished"))
    await stand.forwarder().step()
    assert stand.receiver.leaves() == [0, 1, 2, 3]
    assert check(stand.receiver.taken).whole


async def test_the_plant_around_it_survives_a_restart(stand: Stand) -> None:
    """S-41: the work order of a permit that was asked for before the restart stands in its session's records."""
    stand.log.add(asked(work_order="WO-4711"))
    await stand.forwarder().step()
    stand.log.add(opened())
    await stand.forwarder().step()
    plant = json.loads(stand.receiver.taken[-1])["unmapped"]["plant"]
    assert (plant["work_order"], plant["permit"]) == ("WO-4711", "p" * 26)


async def test_what_was_not_taken_comes_again_the_same_and_in_its_place(stand: Stand) -> None:
    stand.log.add(asked())
    stand.receiver = Receiver(refusing=1, after_taking=True)
    forwarder = stand.forwarder()
    assert not await forwarder.step()
    stand.log.add(changed("approved"))
    assert not await forwarder.step(), "it waits"
    assert stand.receiver.leaves() == [0]
    stand.clock.advance(timedelta(seconds=wait_after_s(1)))
    await forwarder.step()
    await forwarder.step()
    assert stand.receiver.leaves() == [0, 0, 1]
    assert stand.receiver.taken[0] == stand.receiver.taken[1]
    report = check(stand.receiver.taken)
    assert (report.whole, len(report.duplicates)) == (True, 1)


async def test_a_failure_is_kept_with_its_code_until_one_succeeds(stand: Stand) -> None:
    stand.log.add(asked())
    stand.receiver.refusing = 2
    forwarder = stand.forwarder()
    for _ in range(2):
        await forwarder.step()
        stand.clock.advance(timedelta(minutes=1))
    kept = read_position(position_file(stand.folder, "soc"))
    assert kept is not None
    assert (kept.trouble, kept.attempts, kept.following) == ("refused", 2, 0)
    await forwarder.step()
    kept = read_position(position_file(stand.folder, "soc"))
    assert kept is not None
    assert (kept.trouble, kept.attempts, kept.following) == ("", 0, 1)
    assert kept.delivered_at


async def test_a_collector_that_gets_nothing_for_too_long_is_told_once_in_the_ledger(stand: Stand) -> None:
    """H16: a way out of the log that fails is an event of its own, which people are told of."""
    stand.log.add(asked())
    stand.receiver.refusing = 4
    forwarder = stand.forwarder()
    await forwarder.step()
    assert stand.written.events == [], "not yet"
    for _ in range(3):
        stand.clock.advance(timedelta(minutes=6))
        await forwarder.step()
    (late,) = stand.written.events
    assert isinstance(late, CollectorLate)
    assert (late.collector, late.leaf, late.since, late.code) == ("soc", 0, NOW, "refused")
    stand.clock.advance(timedelta(minutes=1))
    await forwarder.step()
    stand.log.add(changed("approved", at=NOW))
    stand.receiver.refusing = 1
    await forwarder.step()
    assert len(stand.written.events) == 2, "another time, another leaf"


async def test_a_large_backlog_goes_in_bounded_batches(stand: Stand) -> None:
    stand.log.add(*(changed("approved") for _ in range(MOST_LINES + 1)))
    forwarder = stand.forwarder()
    assert await forwarder.step(), "more waits"
    assert len(stand.receiver.taken) == MOST_LINES
    assert not await forwarder.step()
    assert stand.receiver.leaves() == list(range(MOST_LINES + 1))


async def test_a_collector_that_begins_now_is_told_nothing_old_and_knows_the_plant(stand: Stand) -> None:
    stand.begin_now = True
    stand.log.add(asked(work_order="WO-1"))
    forwarder = stand.forwarder()
    await forwarder.step()
    stand.log.add(opened())
    await forwarder.step()
    assert stand.receiver.leaves() == [1]
    assert json.loads(stand.receiver.taken[-1])["unmapped"]["plant"]["work_order"] == "WO-1"


async def test_heartbeats_say_up_to_where_all_was_sent(stand: Stand) -> None:
    """H16: a collector hears at every heartbeat up to which leaf it has everything; a silence is told from outside."""
    stand.log.add(asked())
    forwarder = stand.forwarder()
    for _ in range(3):
        await forwarder.step()
    beats = [json.loads(one) for one in stand.receiver.taken[1:]]
    assert [one["unmapped"]["penstock"]["leaf"] for one in beats] == [0]
    stand.clock.advance(timedelta(seconds=30))
    await forwarder.step()
    assert check(stand.receiver.taken).heartbeats == 2


async def test_a_heartbeat_that_is_not_taken_is_trouble_too(stand: Stand) -> None:
    stand.receiver.refusing = 1
    forwarder = stand.forwarder()
    await forwarder.step()
    kept = read_position(position_file(stand.folder, "soc"))
    assert kept is not None
    assert kept.trouble == "refused"
    stand.clock.advance(timedelta(minutes=1))
    await forwarder.step()
    kept = read_position(position_file(stand.folder, "soc"))
    assert kept is not None
    assert kept.trouble == ""


async def test_a_ledger_that_was_set_back_is_told_and_nothing_is_sent(stand: Stand) -> None:
    stand.log.add(asked(), changed("approved"))
    await stand.forwarder().step()
    stand.log.events_.pop()
    with pytest.raises(EvidenceError, match="it was set back"):
        await stand.forwarder().step()


async def test_what_can_t_be_gone_on_with_is_tried_again_after_a_minute(stand: Stand) -> None:
    stand.log.add(asked(), changed("approved"))
    await stand.forwarder().turn()
    taken_back = stand.log.events_.pop()
    forwarder = stand.forwarder()
    assert not await forwarder.turn()
    stand.log.events_ += [taken_back, taken_back]
    assert not await forwarder.turn()
    assert stand.receiver.leaves() == [0, 1]
    stand.clock.advance(timedelta(seconds=LONGEST_WAIT_S))
    await forwarder.turn()
    assert stand.receiver.leaves() == [0, 1, 2]


async def test_a_leaf_whose_text_is_gone_is_told_all_the_same(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand.log.add(asked(), changed("approved"))
    whole = list(stand.log.events())
    lost = [whole[0], Kept(1, {}, "The text of event 1 is missing.")]
    monkeypatch.setattr(stand.log, "events", lambda start=0, stop=None: iter(lost[start:stop]))
    await stand.forwarder().step()
    assert stand.receiver.leaves() == [0, 1]
    assert "is missing" in json.loads(stand.receiver.taken[1])["message"]


def test_waiting_doubles_and_is_a_minute_at_most() -> None:
    assert [wait_after_s(n) for n in (1, 2, 3)] == [2, 4, 8]
    assert wait_after_s(10_000) == LONGEST_WAIT_S
