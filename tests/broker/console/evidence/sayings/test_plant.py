import pytest

from tests.broker.console.evidence.said import told

TOLD = [
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
]


@pytest.mark.parametrize(("event", "said"), TOLD)
def test_it_is_told_with_the_charter_s_names(event: dict, said: str) -> None:
    assert told(event) == said
