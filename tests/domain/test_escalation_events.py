from domain.escalation_events import Escalated


def test_a_call_up_the_ladder_has_a_number_of_its_own() -> None:
    assert Escalated.number == 80
