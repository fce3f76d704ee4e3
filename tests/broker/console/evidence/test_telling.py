from dataclasses import fields
from datetime import UTC, datetime

import pytest

from broker.console.evidence.telling import ENDS, Teller, instant_in
from broker.governor import Cause
from domain import events
from domain.events import document
from domain.ids import AssetId, PersonId, SessionId
from tests.policies.plant import charter

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
OPENED = document(
    events.SessionOpened(
        at=NOW,
        session=SessionId("s" * 26),
        permit="p" * 26,  # type: ignore[arg-type]
        digest="00",
        person=PersonId("ana"),
        asset=AssetId("eng-ws-1"),
        source="192.0.2.9",
        deadline=datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
        approvals=(),
    )
)
ENDED = {
    "event": "SessionEnded",
    "session": "s" * 26,
    "cause": "killed",
    "bytes_to_asset": 12,
    "bytes_to_vendor": 4_500,
    "verified": True,
    "remote_job": "none",
}

TOLD = [
    pytest.param(
        OPENED,
        "Ana Ferreira was let in to Engineering station 1, from 192.0.2.9, until "
        "Mon 02 Mar 2026, 11:00 (+01:00) at the latest.",
        id="opened",
    ),
    pytest.param(
        ENDED,
        "The session of Ana Ferreira on Engineering station 1 ended, because the plant stopped it. "
        "12 bytes went to the asset and 4.5 kB to the vendor; the recording is sealed.",
        id="ended",
    ),
    pytest.param(
        ENDED | {"session": "t" * 26, "verified": False, "remote_job": "may live on"},
        "A session ended, because the plant stopped it. 12 bytes went to the asset and 4.5 kB to the vendor; "
        "the recording is sealed. Its two sides were not seen to be closed. "
        "A program that it started may live on at the asset.",
        id="ended, and not seen through",
    ),
    pytest.param(
        {"event": "SignInLocked", "subject": "person:milo", "door": "ssh", "failures": 3}
        | {"until": "2026-03-02T08:01:00Z"},
        "Attempts of Milo Jansen at the SSH door were not looked at until Mon 02 Mar 2026, 09:01 (+01:00), "
        "after 3 failures.",
        id="locked out",
    ),
    pytest.param(
        {"event": "SignInLockLifted", "subject": "source:192.0.2.9", "by": "local:root"},
        "The account root on the plant's machine had attempts of the address 192.0.2.9 looked at again.",
        id="the wait was ended",
    ),
    pytest.param(
        OPENED | {"exceptions": ["ex-1", "ex-2"]},
        "Ana Ferreira was let in to Engineering station 1, from 192.0.2.9, until "
        "Mon 02 Mar 2026, 11:00 (+01:00) at the latest. It rests on the exception ex-1, ex-2.",
        id="opened under exceptions",
    ),
    pytest.param(
        {"event": "StepDeclared", "by": "milo", "session": "s" * 26, "until": "2026-03-02T10:05:00Z"}
        | {"reason": "drive firmware"},
        "Milo Jansen let the session of Ana Ferreira on Engineering station 1 go on until "
        "Mon 02 Mar 2026, 11:05 (+01:00), for a step that must not be interrupted: drive firmware.",
        id="held",
    ),
    pytest.param(
        {"event": "PermitApproved", "approver": "petra", "kind": "passkey", "right": "connect"},
        "Petra Vos approved it by passkey, under the right connect.",
        id="approved",
    ),
    pytest.param(
        {"event": "PermitDisputed", "right": "connect", "arbiter": "olga", "until": "2026-03-02T10:05:00Z"}
        | {"agreed": ["sven (safety): Tune"], "refused": ["petra (connect): Not now"]},
        "There was a dispute under the right connect: Agreed: sven (safety): Tune. "
        "Refused: petra (connect): Not now. Olga Brandt may settle it until "
        "Mon 02 Mar 2026, 11:05 (+01:00); then it is refused.",
        id="B14: a dispute, with both positions",
    ),
    pytest.param(
        {"event": "PermitSettled", "by": "olga", "allows": True, "reason": "It stands."}
        | {"agreed": ["sven (safety): Tune"], "refused": []},
        "Olga Brandt settled the dispute and let it happen: It stands. "
        "Agreed: sven (safety): Tune. Refused: nobody.",
        id="B14: settled",
    ),
    pytest.param(
        {"event": "Escalated", "about": "permit:x", "level": "deputy", "called": ["deniz"]},
        "Deniz Aydin was called as deputy, about a decision that nobody had made.",
        id="J09: a call",
    ),
    pytest.param(
        {"event": "Escalated", "about": "void:connect:riverside", "level": "executive", "called": []},
        "Nobody, for the charter names none, was called as executive, about the right connect over riverside, "
        "which nobody holds.",
        id="J09: a call that nobody is named for",
    ),
    pytest.param(
        {"event": "PermitSettled", "by": "clock", "allows": False},
        "Nobody settled the dispute in time, which is a no. Agreed: nobody. Refused: nobody.",
        id="B14: settled by nobody",
    ),
    pytest.param(
        {"event": "PermitChanged", "after": "refused", "by": "petra", "reason": "Not today."},
        "Petra Vos refused the request: Not today.",
        id="refused with a reason",
    ),
    pytest.param(
        {"event": "PermitChanged", "after": "withdrawn", "by": "ana", "reason": ""},
        "Ana Ferreira withdrew the request.",
        id="withdrawn without one",
    ),
    pytest.param(
        {"event": "Isolated", "scope": f"session:{'s' * 26}", "by": "milo", "reason": "smoke"},
        "Milo Jansen cut off the session of Ana Ferreira on Engineering station 1: smoke.",
        id="stopped",
    ),
    pytest.param(
        {"event": "Restored", "scope": "zone:operations", "by": "local:root", "reason": ""},
        "The account root on the plant's machine opened the zone Operations again.",
        id="restored at the machine itself",
    ),
    pytest.param(
        {"event": "StateChanged", "zone": "operations", "before": "", "after": "running", "by": "milo"},
        "Milo Jansen set Operations to running.",
        id="first state",
    ),
    pytest.param(
        {
            "event": "SignedIn",
            "person": "ana",
            "door": "ssh",
            "source": "192.0.2.9",
            "factors": ["publickey", "totp"],
        },
        "Ana Ferreira signed in at the SSH door from 192.0.2.9, by key and one-time code.",
        id="signed in",
    ),
    pytest.param({"event": "WitnessHeard"}, "Witness Heard.", id="a kind of a later version"),
    pytest.param({}, "An event that can not be read.", id="an event whose text is gone"),
]


@pytest.mark.parametrize(("event", "said"), TOLD)
def test_an_event_is_told_with_the_charter_s_names(event: dict, said: str) -> None:
    assert Teller(charter(), [OPENED]).sentence(event) == said


KINDS = [one for one in vars(events).values() if hasattr(one, "number") and isinstance(one, type)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_event_has_words_of_its_own_even_with_every_field_gone(kind: type) -> None:
    teller = Teller(charter())
    whole = {"event": kind.__name__} | {field.name: "x" for field in fields(kind)}
    for event in (whole, {"event": kind.__name__}):
        said = teller.sentence(event)
        assert kind.__name__ not in said.replace(" ", "")
        assert said[0].isupper()
        assert "\n" not in said


def test_every_cause_of_an_end_has_words() -> None:
    assert set(ENDS) == {str(cause) for cause in Cause}


def test_what_is_no_instant_is_none() -> None:
    assert instant_in({"at": "yesterday"}, "at") is None
    assert instant_in({"at": 3}, "at") is None
    assert instant_in({"at": "2026-03-02T08:00:00Z"}, "at") == NOW
