"""How far a notice got: kept across restarts, told to the ledger once, forgotten when it is old and done with."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from broker.notices.choices import Choices, Delivery
from broker.notices.deliveries import Deliveries, Standing
from broker.notices.outbox import SCHEMA, Outbox
from domain.ids import PersonId
from domain.notice import NoticeKind
from tests.domain.test_notice import AT, notice

PETRA, OTTO = PersonId("petra"), PersonId("otto")
LATER = AT + timedelta(minutes=5)


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "notices.db")


@pytest.fixture
def deliveries(outbox: Outbox) -> Deliveries:
    return Deliveries(outbox)


def routed(outbox: Outbox, *channels: str, **changed: object) -> int:
    outbox.put(notice(**changed))
    (told,) = Deliveries(outbox).unrouted()
    Deliveries(outbox).route(told.number, [Delivery(channel, AT) for channel in channels])
    return told.number


def test_a_notice_is_routed_once(outbox: Outbox, deliveries: Deliveries) -> None:
    number = routed(outbox, "mail", "webhook")
    assert deliveries.unrouted() == ()
    assert deliveries.standing(number) == (
        Standing("mail", "waiting", 0, ""),
        Standing("webhook", "waiting", 0, ""),
    )


def test_an_attempt_is_due_from_its_instant_on_and_the_urgent_first(
    outbox: Outbox, deliveries: Deliveries
) -> None:
    routed(outbox, "mail")
    routed(outbox, "mail", key="stopped:x", urgent=True)
    assert deliveries.due(AT - timedelta(seconds=1)) == ()
    assert [one.notice.urgent for one in deliveries.due(AT)] == [True, False]


def test_a_further_attempt_waits_for_its_time(outbox: Outbox, deliveries: Deliveries) -> None:
    number = routed(outbox, "mail")
    (first,) = deliveries.due(AT)
    deliveries.again(first, "timed_out", LATER + timedelta(microseconds=1))
    assert deliveries.due(LATER) == ()
    (second,) = deliveries.due(LATER + timedelta(seconds=1))
    assert second.attempts == 1
    assert deliveries.standing(number) == (Standing("mail", "waiting", 1, "timed_out"),)


def test_a_result_is_told_to_the_ledger_until_it_has_it(outbox: Outbox, deliveries: Deliveries) -> None:
    number = routed(outbox, "mail", "webhook", permit="p")
    mail, hook = sorted(deliveries.due(AT), key=lambda one: one.channel)
    deliveries.taken(mail, LATER)
    deliveries.failed(hook, "unreachable", LATER)
    outbox.read(PETRA, [number], LATER)
    assert deliveries.due(LATER) == ()
    results = deliveries.untold()
    assert [(one.channel, one.code, one.attempts) for one in results] == [
        ("mail", "", 1),
        ("webhook", "unreachable", 1),
        ("console", "", 1),
    ]
    assert {one.at for one in results} == {LATER}
    assert {one.notice.permit for one in results} == {"p"}
    deliveries.told(results[0])
    deliveries.told(results[2])
    assert deliveries.untold() == (results[1],)


def test_a_chat_room_is_told_once_what_several_persons_are_told(
    outbox: Outbox, deliveries: Deliveries
) -> None:
    routed(outbox, "chat", "webhook")
    number = routed(outbox, "chat", "webhook", to=OTTO)
    assert [one.channel for one in deliveries.standing(number)] == ["webhook"]
    assert [one.channel for one in deliveries.standing(routed(outbox, "chat", key="asked:q"))] == ["chat"]


@pytest.mark.parametrize("unconfirmed", ["syslog", "push"])
def test_what_nobody_looked_at_and_nobody_confirmed_was_not_heard(
    outbox: Outbox, deliveries: Deliveries, unconfirmed: str
) -> None:
    urgent = {"urgent": True, "kind": NoticeKind.BREAK_GLASS}
    heard = routed(outbox, "mail", key="a", **urgent)
    deliveries.taken(deliveries.due(AT)[0], AT)
    looked = routed(outbox, "mail", key="b", **urgent)
    outbox.read(PETRA, [looked], AT)
    unheard = routed(outbox, unconfirmed, key="c", **urgent)
    for one in deliveries.due(AT):
        deliveries.taken(one, AT)
    routed(outbox, "mail", key="d")
    outbox.put(notice(key="c", to=OTTO, **urgent))
    numbers = [one.number for one in deliveries.unheard([PETRA], AT)]
    assert unheard in numbers
    assert heard not in numbers
    assert deliveries.unheard([PETRA], AT - timedelta(seconds=1)) == ()
    assert deliveries.unheard([], AT) == ()


def test_choices_are_kept_and_what_can_not_be_read_is_as_if_never_made(
    outbox: Outbox, deliveries: Deliveries
) -> None:
    assert deliveries.choices(PETRA) == Choices()
    deliveries.choose(PETRA, Choices(mail="petra@plant.example"))
    deliveries.choose(PETRA, Choices(mail="p.vos@plant.example"))
    assert deliveries.choices(PETRA).mail == "p.vos@plant.example"
    assert deliveries.choosers() == (PETRA,)
    with outbox.work() as work:
        work.execute("UPDATE choice SET document = '{\"mail\": 7'")
    assert deliveries.choices(PETRA) == Choices()


def test_a_digest_tells_what_came_since_the_last_one(outbox: Outbox, deliveries: Deliveries) -> None:
    choices = Choices(digest=frozenset({NoticeKind.ASKED}))
    for key in ("asked:1", "asked:2"):
        outbox.put(notice(key=key))
    outbox.put(notice(key="asked:3", urgent=True))
    outbox.put(notice(key="ending:1", kind=NoticeKind.ENDING))
    assert [one.notice.key for one in deliveries.for_digest(PETRA, choices)] == ["asked:1", "asked:2"]
    outbox.put(notice(key="digest:1", kind=NoticeKind.DIGEST))
    assert deliveries.for_digest(PETRA, choices) == ()
    outbox.put(notice(key="asked:4"))
    assert [one.notice.key for one in deliveries.for_digest(PETRA, choices)] == ["asked:4"]


def test_only_what_is_old_and_done_with_is_forgotten(outbox: Outbox, deliveries: Deliveries) -> None:
    routed(outbox, key="old")
    waits = routed(outbox, "mail", key="waits")
    routed(outbox, key="young", at=LATER)
    outbox.put(notice(key="unrouted"))
    assert deliveries.forget(AT) == 0
    assert deliveries.forget(LATER) == 1
    assert {one.notice.key for one in outbox.told(PETRA)} == {"waits", "young", "unrouted"}
    deliveries.failed(deliveries.due(AT)[0], "unreachable", AT)
    deliveries.told(deliveries.untold()[0])
    assert deliveries.forget(LATER) == 1
    assert deliveries.standing(waits) == ()


def test_a_file_of_an_older_version_is_taken_along(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as old:
        for line in SCHEMA[0]:
            old.execute(line)
        old.execute("PRAGMA user_version = 1")
        old.execute(
            "INSERT INTO notice (key, person, kind, at, subject, sentences, path, urgent)"
            " VALUES ('asked:p', 'petra', 'asked', '2026-03-02T08:00:00Z', 'Old', '[]', '/', 0)"
        )
    old.close()
    (told,) = Deliveries(Outbox(path)).unrouted()
    assert told.notice.subject == "Old"
    assert told.notice.permit == ""
