from broker.watchdog.suspensions import Agree, agreement_purpose
from domain.ids import PersonId


def test_an_agreement_is_spent_on_one_scope_over_one_boundary() -> None:
    """I12: a code that was spent on one boundary says nothing about another."""
    said = Agree("vendor:acme", "riverside", PersonId("petra"), 7)
    assert said.purpose == agreement_purpose("vendor:acme", "riverside") == "restore:vendor:acme:riverside"
    assert said.purpose != agreement_purpose("vendor:acme", "hilltop")
