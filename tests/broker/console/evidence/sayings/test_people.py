import pytest

from tests.broker.console.evidence.said import told

TOLD = [
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
]


@pytest.mark.parametrize(("event", "said"), TOLD)
def test_it_is_told_with_the_charter_s_names(event: dict, said: str) -> None:
    assert told(event) == said
