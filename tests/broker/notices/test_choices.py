"""Quiet hours on their own clock, digests, and what neither of them may hold back."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.notices.choices import (
    DIGESTED,
    Choices,
    Delivery,
    Quiet,
    digest_due,
    digest_of,
    route,
    wait_after,
)
from domain.ids import PersonId
from domain.notice import MOST_SENTENCES, NoticeKind
from tests.domain.test_notice import AT, notice
from tests.for_each import for_each

AMSTERDAM = "Europe/Amsterdam"
NIGHT = Quiet(time(22), time(6, 30), AMSTERDAM)


class Way:
    def __init__(self, name: str, *, personal: bool = False) -> None:
        self.name, self.personal = name, personal


MAIL, HOOK, CHAT = Way("mail", personal=True), Way("webhook"), Way("chat")
WAYS = (MAIL, HOOK, CHAT)


def utc(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@for_each(
    ("quiet", "now", "until"),
    [
        pytest.param(NIGHT, utc(2, 20, 59), None, id="a minute before they begin"),
        pytest.param(NIGHT, utc(2, 21), utc(3, 5, 30), id="the first instant is inside"),
        pytest.param(NIGHT, utc(2, 23, 30), utc(3, 5, 30), id="after midnight there"),
        pytest.param(NIGHT, utc(3, 5, 29), utc(3, 5, 30), id="the last minute"),
        pytest.param(NIGHT, utc(3, 5, 30), None, id="the last instant is outside"),
        pytest.param(NIGHT, utc(28, 22), utc(29, 4, 30), id="over the night in which clocks go forward"),
        pytest.param(
            NIGHT, utc(24, 21, month=10), utc(25, 5, 30, month=10), id="over the night in which they go back"
        ),
        pytest.param(Quiet(time(12), time(13), AMSTERDAM), utc(2, 11, 30), utc(2, 12), id="at noon"),
        pytest.param(Quiet(time(12), time(13), AMSTERDAM), utc(2, 12), None, id="noon is over"),
        pytest.param(Quiet(time(8), time(8), "UTC"), utc(2, 8), None, id="equal ends are no hours"),
        pytest.param(
            Quiet(time(1), time(2, 30), AMSTERDAM),
            utc(29, 0, 30),
            utc(29, 1, 30),
            id="an end that the clock skips",
        ),
    ],
)
def test_quiet_hours_are_read_on_their_own_clock(quiet: Quiet, now: datetime, until: datetime | None) -> None:
    assert quiet.until(now) == until


@given(
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.sampled_from([AMSTERDAM, "UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia"]),
    st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 (hypothesis wants them so)
)
def test_quiet_hours_always_end_within_a_day_or_so(start: time, end: time, zone: str, now: datetime) -> None:
    until = Quiet(start, end, zone).until(now)
    assert until is None or now - timedelta(hours=1) <= until <= now + timedelta(hours=26)


def sent(told: Any, choices: Choices, **who: bool) -> tuple[Delivery, ...]:
    return route(
        told, choices, WAYS, utc(2, 22), lead=who.get("lead", False), outside=who.get("outside", False)
    )


def test_without_choices_a_notice_goes_every_way_at_once_but_to_an_address_that_nobody_gave() -> None:
    assert sent(notice(), Choices()) == (Delivery("webhook", utc(2, 22)), Delivery("chat", utc(2, 22)))


def test_quiet_hours_hold_back_what_goes_to_the_person_and_nothing_else() -> None:
    choices = Choices(mail="petra@plant.example", quiet=NIGHT)
    assert sent(notice(), choices) == (
        Delivery("mail", utc(3, 5, 30)),
        Delivery("webhook", utc(2, 22)),
        Delivery("chat", utc(2, 22)),
    )


@for_each("kind", list(NoticeKind))
@for_each(("urgent", "lead"), [(True, False), (False, True), (True, True)])
def test_nothing_silences_who_leads_incidents_nor_what_is_urgent(
    kind: NoticeKind, urgent: bool, lead: bool
) -> None:
    choices = Choices(mail="petra@plant.example", quiet=NIGHT, digest=DIGESTED)
    found = sent(notice(kind=kind, urgent=urgent), choices, lead=lead)
    assert [one.channel for one in found] == ["mail", "webhook", "chat"]
    assert {one.due for one in found} == {utc(2, 22)}


def test_a_browser_is_told_like_its_person_if_they_have_one() -> None:
    way = Way("push", personal=True)
    for browsers, mail in ((False, ""), (False, "petra@plant.example"), (True, "")):
        choices = Choices(mail=mail, quiet=NIGHT)
        found = route(notice(), choices, (way,), utc(2, 22), lead=False, outside=False, browsers=browsers)
        assert found == ((Delivery("push", utc(3, 5, 30)),) if browsers else ())


def test_a_vendor_s_person_is_no_talk_of_the_plant_s_chat_room() -> None:
    assert [one.channel for one in sent(notice(), Choices(), outside=True)] == ["webhook"]


def test_what_was_left_to_the_digest_goes_nowhere_by_itself() -> None:
    choices = Choices(mail="petra@plant.example", digest=frozenset({NoticeKind.ASKED}))
    assert sent(notice(), choices) == ()
    assert sent(notice(kind=NoticeKind.ENDING), choices)


@pytest.mark.parametrize(
    ("attempts", "urgent", "wait"),
    [
        (1, False, timedelta(minutes=1)),
        (2, False, timedelta(minutes=2)),
        (6, False, timedelta(minutes=32)),
        (7, False, timedelta(hours=1)),
        (1, True, timedelta(seconds=10)),
        (4, True, timedelta(seconds=80)),
        (10_000, True, timedelta(hours=1)),
    ],
)
def test_each_wait_is_twice_as_long_and_never_longer_than_an_hour(
    attempts: int, urgent: bool, wait: timedelta
) -> None:
    assert wait_after(attempts, urgent=urgent) == wait


@pytest.mark.parametrize(
    ("now", "day"),
    [(utc(2, 5, 59), None), (utc(2, 6), "2026-03-02"), (utc(2, 22, 59), "2026-03-02"), (utc(2, 23), None)],
)
def test_a_digest_is_due_from_its_hour_on_on_its_person_s_clock(now: datetime, day: str | None) -> None:
    choices = Choices(digest=frozenset({NoticeKind.ASKED}), zone=AMSTERDAM)
    assert digest_due(choices, now) == day
    assert digest_due(Choices(zone=AMSTERDAM), now) is None


@pytest.mark.parametrize(("count", "lines"), [(1, 1), (MOST_SENTENCES, MOST_SENTENCES), (99, MOST_SENTENCES)])
def test_a_digest_says_all_or_how_much_more(count: int, lines: int) -> None:
    made = digest_of(PersonId("petra"), "2026-03-02", [notice()] * count, AT)
    assert made is not None
    assert made.kind is NoticeKind.DIGEST
    assert len(made.sentences) == lines
    if count > lines:
        assert made.sentences[-1] == f"And {count - MOST_SENTENCES + 1} more."
    assert digest_of(PersonId("petra"), "2026-03-02", [], AT) is None


@pytest.mark.parametrize(
    "choices",
    [
        Choices(),
        Choices("petra@plant.example", NIGHT, DIGESTED, time(18, 15), AMSTERDAM),
        Choices(quiet=Quiet(time(0), time(23, 59), "Pacific/Apia")),
    ],
)
def test_choices_read_back_as_they_were_kept(choices: Choices) -> None:
    document = choices.document()
    assert isinstance(document, dict)
    assert Choices.of(document) == choices


@for_each(
    "document",
    [
        {"mail": "petra"},
        {"mail": "a@b\r\nBcc: c@d"},
        {"quiet": ["25:00", "06:00", "UTC"]},
        {"quiet": ["22:00", "06:00", "Mars/Olympus"]},
        {"quiet": ["22:00", "06:00", "../../etc/passwd"]},
        {"quiet": ["22:00"]},
        {"digest": ["break-glass"]},
        {"digest": ["nothing"]},
        {"digest_at": "noon"},
        {"zone": ""} | {"zone": "no zone"},
    ],
)
def test_what_can_not_be_chosen_is_refused(document: Any) -> None:
    with pytest.raises(ValueError):
        Choices.of(document)
