import pytest

from tests.broker.console.evidence.said import told

TOLD = [
    pytest.param(
        {"event": "EvidenceHandled", "by": "iris", "session": "x", "deed": "export"}
        | {"what": "case file", "purpose": "audit 2026"},
        "Iris Chen took away evidence of a session (case file), for: audit 2026.",
        id="taken away",
    ),
    pytest.param(
        {"event": "EvidenceViewed", "by": "petra", "subject": "session:x", "how": "replay"},
        "Petra Vos looked at evidence: session:x (replay).",
        id="looked at",
    ),
    pytest.param(
        {"event": "NoticeFailed", "to": "petra", "channel": "mail", "attempts": 3}
        | {"code": "server_refused", "kind": "permit_waits"},
        "Petra Vos could not be told by e-mail, after 3 attempts: server refused (permit_waits).",
        id="not told",
    ),
]


@pytest.mark.parametrize(("event", "said"), TOLD)
def test_it_is_told_with_the_charter_s_names(event: dict, said: str) -> None:
    assert told(event) == said
