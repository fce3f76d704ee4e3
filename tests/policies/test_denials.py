"""Every no is counted: by who said it, under which rule, to whose people."""

from datetime import timedelta

from domain.canonical import Json, instant_text
from policies.denials import LOOK_BACK, denials
from tests.policies.plant import MICRO, NOW, charter


def asked(permit: str, person: str) -> dict[str, Json]:
    return {
        "event": "PermitRequested",
        "permit": permit,
        "person": person,
        "at": instant_text(NOW - LOOK_BACK),
    }


def refused(permit: str, by: str, days: int, reason: str) -> dict[str, Json]:
    at = instant_text(NOW - timedelta(days=days))
    return {
        "event": "PermitChanged",
        "after": "refused",
        "permit": permit,
        "by": by,
        "at": at,
        "reason": reason,
    }


def rule(person: str, code: str) -> dict[str, Json]:
    at = instant_text(NOW - timedelta(days=1))
    return {"event": "RequestRefused", "person": person, "code": code, "at": at, "sentence": "No conduit."}


EVENTS = [
    asked("a", "ana"),
    asked("b", "ben"),
    asked("c", "gone"),
    refused("a", "petra", 3, "Start-up."),
    refused("b", "petra", 2, "Not this week."),
    refused("c", "clock", 1, "The arbiter did not decide."),
    rule("ana", "no_conduit"),
    {"event": "PermitChanged", "after": "approved", "permit": "a", "by": "petra", "at": instant_text(NOW)},
    {"event": "PermitChanged", "after": "refused", "permit": "a", "by": "petra", "at": "then"},
]


def test_refusals_are_counted_per_holder_per_rule_and_per_vendor() -> None:
    """B15: with the reason that was given last."""
    found = denials(charter(), EVENTS, NOW)
    assert [(one.who, one.times, one.reason) for one in found.by_holder] == [
        ("petra", 2, "Not this week."),
        ("clock", 1, "The arbiter did not decide."),
    ]
    assert [(one.who, one.times) for one in found.by_rule] == [("no_conduit", 1)]
    assert [(one.who, one.times) for one in found.by_vendor] == [
        ("brightwater", 2),
        ("kestrel", 1),
        ("unknown", 1),
    ]
    assert found.total == 4


def test_what_is_longer_ago_does_not_count() -> None:
    at = NOW - timedelta(days=3) + LOOK_BACK
    assert denials(charter(), EVENTS[:4], at).total == 1
    assert denials(charter(), EVENTS[:4], at + MICRO).total == 0
    assert denials(charter(), (), NOW).by_holder == ()
