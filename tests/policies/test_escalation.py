from datetime import timedelta

from policies.escalation import Escalation


def test_a_charter_that_says_nothing_tells_the_deputy_after_five_minutes_and_the_executive_after_four_hours() -> (
    None
):
    """B04, J09."""
    usual = Escalation()
    assert (usual.deputy_after, usual.executive_after) == (timedelta(minutes=5), timedelta(hours=4))
    assert usual.executive is None
