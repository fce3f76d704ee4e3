from datetime import timedelta

from tests.policies.plant import charter


def test_the_sample_asks_again_for_a_bounded_time() -> None:
    rules = charter().state_rules
    assert timedelta() < rules.ask_again_for <= timedelta(days=1)
    assert rules.signals == ()
