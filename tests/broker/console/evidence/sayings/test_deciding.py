import pytest

from tests.broker.console.evidence.said import told

TOLD = [
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
]


@pytest.mark.parametrize(("event", "said"), TOLD)
def test_it_is_told_with_the_charter_s_names(event: dict, said: str) -> None:
    assert told(event) == said
