"""From the outbox to a real mail server, with every result in the ledger; what fails is tried again, and not for ever."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from broker.notices.audience import Audience
from broker.notices.carrier import UNHEARD_AFTER, Carrier
from broker.notices.channels.channel import DeliveryError
from broker.notices.choices import Choices, Quiet
from broker.notices.deliveries import Deliveries
from broker.notices.message import Message
from broker.notices.outbox import Outbox
from broker.notices.ways import Ways
from domain.events import NoticeFailed, NoticeSent
from domain.ids import PersonId
from domain.notice import NoticeKind
from tests.authority import authority
from tests.broker.notices.channels.places import Place, mail_server
from tests.broker.notices.channels.test_mail import mail
from tests.broker.running import Leaves
from tests.clock import FrozenClock
from tests.domain.test_notice import notice
from tests.policies.plant import charter

PETRA = PersonId("petra")
ORIGIN = "https://plant.example:8443"


@dataclass
class Room:
    """A way that can be broken."""

    name: str = "webhook"
    confirms: bool = True
    personal: bool = False
    broken: Exception | None = None
    taken: list[Message] = field(default_factory=list)

    async def send(self, message: Message) -> None:
        if self.broken is not None:
            raise self.broken
        self.taken.append(message)


@dataclass
class Post:
    """A carrier with its outbox, ledger and clock."""

    outbox: Outbox
    carrier: Carrier
    leaves: Leaves
    clock: FrozenClock
    room: Room

    @property
    def deliveries(self) -> Deliveries:
        return Deliveries(self.outbox)


def post(folder: Path, *ways: object, room: Room | None = None, **bounds: int) -> Post:
    outbox, leaves, room = Outbox(folder / "notices.db"), Leaves(), room or Room()
    clock = FrozenClock(datetime(2026, 6, 1, 8, tzinfo=UTC))
    carrier = Carrier(
        outbox,
        Ways((*ways, room), full=False, origin=ORIGIN),  # type: ignore[arg-type]
        charter=charter,
        ledger=leaves,
        clock=clock,
        **bounds,
    )
    return Post(outbox, carrier, leaves, clock, room)


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[tuple[Place, str]]:
    known = authority(tmp_path / "known")
    async with mail_server(known.server()) as place:
        yield place, known.ca_file


async def test_a_notice_is_mailed_to_who_gave_an_address_and_the_ledger_has_the_result(
    tmp_path: Path, box: tuple[Place, str]
) -> None:
    """B06: the result of every delivery is kept, without the address."""
    place, ca_file = box
    here = post(tmp_path, mail(place.port, ca_file))
    here.deliveries.choose(PETRA, Choices(mail="petra@plant.example"))
    here.outbox.put(notice(permit="p" * 26))
    await here.carrier.step()
    assert b"A permit waits for you" in place.taken[0]
    assert b"eng-ws-1" not in place.taken[0]  # the sentence stays inside
    found = {one.channel: one for one in here.leaves.of(NoticeSent)}
    assert set(found) == {"mail", "webhook"}
    told = found["mail"]
    assert (told.to, told.permit, told.confirmed, told.attempts) == (PETRA, "p" * 26, True, 1)
    assert "plant.example" not in repr(here.leaves.events)
    await here.carrier.step()
    assert (len(place.taken), len(here.leaves.events)) == (1, 2)


async def test_what_is_not_taken_is_tried_again_and_in_the_end_has_failed(tmp_path: Path) -> None:
    here = post(tmp_path, room=Room(broken=DeliveryError("No.", code="unreachable")), attempts=3)
    here.outbox.put(notice())
    for _ in range(2):
        await here.carrier.step()
        assert here.leaves.events == []
        here.clock.advance(timedelta(hours=1))
    await here.carrier.step()
    (told,) = here.leaves.of(NoticeFailed)
    assert (told.code, told.attempts, told.channel) == ("unreachable", 3, "webhook")
    here.clock.advance(timedelta(days=1))
    here.room.broken = None
    await here.carrier.step()
    assert here.room.taken == []


async def test_an_attempt_waits_its_time_and_then_arrives_under_the_same_id(tmp_path: Path) -> None:
    here = post(tmp_path, room=Room(broken=DeliveryError("No.", code="timed_out")))
    here.outbox.put(notice())
    await here.carrier.step()
    here.room.broken = None
    await here.carrier.step()
    assert here.room.taken == []
    here.clock.advance(timedelta(minutes=1))
    await here.carrier.step()
    assert len(here.room.taken) == 1
    assert here.leaves.of(NoticeSent)[0].attempts == 2


async def test_what_can_only_end_the_same_is_not_tried_again(tmp_path: Path) -> None:
    here = post(tmp_path, room=Room(broken=DeliveryError("No.", code="address_refused")))
    here.outbox.put(notice())
    await here.carrier.step()
    assert here.leaves.of(NoticeFailed)[0].attempts == 1


@pytest.mark.parametrize("broken", [ValueError("a library's surprise"), TimeoutError()])
async def test_one_broken_way_holds_up_no_other(tmp_path: Path, broken: Exception) -> None:
    other = Room(name="chat")
    here = post(tmp_path, other, room=Room(broken=broken))
    here.outbox.put(notice())
    here.outbox.put(notice(key="asked:q"))
    await here.carrier.step()
    assert len(other.taken) == 2


async def test_a_way_that_was_switched_off_meanwhile_has_failed(tmp_path: Path) -> None:
    before = post(tmp_path, room=Room(broken=DeliveryError("No.", code="unreachable")))
    before.outbox.put(notice())
    await before.carrier.step()
    after = post(tmp_path, room=Room(name="chat"))
    after.clock.advance(timedelta(hours=1))
    await after.carrier.step()
    assert after.leaves.of(NoticeFailed)[0].code == "no_channel"


async def test_a_ledger_that_is_down_is_told_later_and_nothing_is_sent_twice(tmp_path: Path) -> None:
    here = post(tmp_path)
    here.outbox.put(notice())
    here.leaves.down = True
    await here.carrier.step()
    again = replace(here, carrier=post(tmp_path, room=here.room).carrier)  # a restart
    again.carrier._ledger = here.leaves
    here.leaves.down = False
    await again.carrier.step()
    assert len(here.room.taken) == 1
    assert len(here.leaves.of(NoticeSent)) == 1


async def test_a_look_in_the_console_is_a_delivery_too(tmp_path: Path) -> None:
    here = post(tmp_path, room=Room(name="syslog", confirms=False))
    here.outbox.put(notice())
    await here.carrier.step()
    here.outbox.read(PETRA, [here.outbox.told(PETRA)[0].number], here.clock.now())
    await here.carrier.step()
    assert [(one.channel, one.confirmed) for one in here.leaves.of(NoticeSent)] == [
        ("syslog", False),
        ("console", True),
    ]


async def test_quiet_hours_hold_a_mail_until_they_end(tmp_path: Path, box: tuple[Place, str]) -> None:
    place, ca_file = box
    here = post(tmp_path, mail(place.port, ca_file))
    here.deliveries.choose(PETRA, Choices("petra@plant.example", Quiet(time(7), time(9), "UTC")))
    here.outbox.put(notice())
    here.outbox.put(notice(key="stopped:x", urgent=True, subject="All sessions were stopped"))
    await here.carrier.step()
    assert [b"All sessions were stopped" in one for one in place.taken] == [True]
    here.clock.advance(timedelta(hours=1))
    await here.carrier.step()
    assert len(place.taken) == 2


async def test_a_digest_comes_once_a_day_and_says_what_was_left_to_it(
    tmp_path: Path, box: tuple[Place, str]
) -> None:
    place, ca_file = box
    here = post(tmp_path, mail(place.port, ca_file))
    here.deliveries.choose(
        PETRA, Choices("petra@plant.example", digest=frozenset({NoticeKind.ASKED}), digest_at=time(9))
    )
    here.outbox.put(notice())
    await here.carrier.step()
    assert place.taken == []
    here.clock.advance(timedelta(hours=1))
    for _ in range(2):
        await here.carrier.step()
    (mailed,) = place.taken
    assert b"1 thing since the last digest" in mailed


async def test_an_urgent_notice_to_who_leads_incidents_that_shows_no_sign_is_an_alarm(tmp_path: Path) -> None:
    here = post(tmp_path, room=Room(broken=DeliveryError("No.", code="unreachable")))
    (lead, *_) = Audience(charter(), here.clock.now()).leads()
    here.outbox.put(notice(to=lead, urgent=True, at=here.clock.now()))
    await here.carrier.step()
    assert here.carrier.unheard() == ()
    here.clock.advance(UNHEARD_AFTER)
    await here.carrier.step()
    assert [one.notice.to for one in here.carrier.unheard()] == [lead]
    here.outbox.read(lead, [here.outbox.told(lead)[0].number], here.clock.now())
    assert here.carrier.unheard() == ()


async def test_an_old_notice_is_forgotten_and_its_leaf_is_not(tmp_path: Path) -> None:
    here = post(tmp_path)
    here.outbox.put(notice(at=here.clock.now()))
    await here.carrier.step()
    here.clock.advance(timedelta(days=91))
    await here.carrier.step()
    assert here.outbox.told(PETRA) == ()
    assert len(here.leaves.of(NoticeSent)) == 1
