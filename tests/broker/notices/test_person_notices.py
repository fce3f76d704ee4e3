"""Who is told what of persons and companies."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.events import (
    BrowserSignInEnded,
    LeavingNoticed,
    SignInLocked,
    VendorAsked,
)
from domain.ids import PersonId
from domain.notice import NoticeKind
from tests.broker.notices.happenings import (
    END,
    to,
    told,
)
from tests.policies.plant import NOW


def test_notice_that_somebody_leaves_goes_to_who_holds_identity() -> None:
    event = LeavingNoticed(at=NOW, person=PersonId("ana"), until=NOW, by="ana", reason="terminated")
    assert to(told(event)) == ["olga"]
    again = LeavingNoticed(at=NOW, person=PersonId("ana"), until=NOW, by="clock", reason="terminated")
    assert told(again) == ()


LOCKED = SignInLocked(
    at=NOW, subject="person:milo", door="console", failures=5, until=END, source="203.0.113.5"
)


def test_a_lock_of_plant_staff_is_told_loudly_to_them_to_who_leads_and_to_the_shift() -> None:
    """A10: lockout and alert; what still works and who ends it is said."""
    notices = told(LOCKED)
    assert notices[0].to == "milo"
    assert {"milo", *to(notices)} == set(to(notices))
    assert all(one.urgent and one.kind is NoticeKind.LOCKED for one in notices)
    assert "Your attempts with a password at the console are not looked at until" in notices[0].sentences[0]
    assert "203.0.113.5" in notices[0].sentences[0]
    assert "local kill switch needs no sign-in" in notices[0].sentences[-1]
    assert "Milo Jansen: attempts" in notices[1].sentences[0]
    assert all("203.0.113.5" not in one.subject for one in notices)


def test_somebody_who_goes_on_guessing_is_told_of_once_an_hour() -> None:
    again = replace(LOCKED, at=NOW + timedelta(minutes=5), failures=9)
    assert [one.key for one in told(LOCKED)] == [one.key for one in told(again)]
    later = replace(LOCKED, at=NOW + timedelta(hours=1))
    assert told(later)[0].key != told(LOCKED)[0].key


@pytest.mark.parametrize(
    "subject", ["source:203.0.113.5", "person:nobody", "person:ana", "source: \x00\u202e"]
)
def test_a_lock_of_others_is_told_to_who_leads(subject: str) -> None:
    notices = told(replace(LOCKED, subject=subject, door="ssh"))
    assert notices
    assert not any(one.urgent for one in notices)


def test_a_connection_that_its_person_turned_away_is_told_to_who_leads() -> None:
    """A10: somebody may have their key."""
    refused = BrowserSignInEnded(
        at=NOW,
        person=PersonId("ana"),
        source="203.0.113.5",
        connection="ab",
        outcome="refused",
        browser="192.0.2.9",
    )
    notices = told(refused)
    assert notices
    assert all(one.urgent for one in notices)
    assert "Ana Ferreira turned a connection from 203.0.113.5 away" in notices[0].sentences[0]
    assert told(replace(refused, outcome="confirmed")) == ()


def test_an_invited_company_is_told_to_who_admits_and_a_stranger_to_nobody() -> None:
    asked_ = VendorAsked(
        at=NOW, application="a1", company="Halden Pumps", keys=(), source="192.0.2.9", invited_by="olga"
    )
    assert "olga" in to(told(asked_))
    assert all("Halden" not in one.subject for one in told(asked_))
    assert told(replace(asked_, invited_by="")) == ()
