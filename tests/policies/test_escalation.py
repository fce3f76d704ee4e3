from datetime import timedelta

from policies.escalation import SPANS, BoundaryTimers, Escalation, timers_over

HOUR = timedelta(hours=1)


def test_a_charter_that_says_nothing_tells_the_deputy_after_five_minutes_and_the_executive_after_four_hours() -> (
    None
):
    """B04, J09: the spans that stand where the charter is silent."""
    usual = Escalation()
    assert (usual.deputy_after, usual.executive_after) == (timedelta(minutes=5), 4 * HOUR)
    assert usual.executive is None


def test_the_nearest_boundary_that_sets_a_span_decides_it() -> None:
    said = (
        BoundaryTimers(boundary="works", use_within=3 * HOUR, decide_within=5 * HOUR),
        BoundaryTimers(boundary="line", use_within=HOUR),
    )
    found = timers_over(Escalation(arbiter_within=2 * HOUR), said, ("line", "zone", "works", "organisation"))
    assert (found.use_within, found.decide_within, found.arbiter_within) == (HOUR, 5 * HOUR, 2 * HOUR)
    elsewhere = timers_over(Escalation(), said, ("other", "organisation"))
    assert elsewhere == Escalation()


def test_a_boundary_can_set_each_span_there_is() -> None:
    for span in SPANS:
        said = BoundaryTimers(boundary="line", **{span: HOUR})  # type: ignore[arg-type]
        assert getattr(said.over(Escalation()), span) == HOUR
