from broker.console.assurance.said import REASONS, STATES, TREATMENTS
from policies.assurance.status import State, Why


def test_every_state_and_every_reason_has_its_words() -> None:
    assert set(STATES) == set(State)
    assert set(REASONS) == set(Why)
    assert set(TREATMENTS) == {"none", "accepted", "open"}
