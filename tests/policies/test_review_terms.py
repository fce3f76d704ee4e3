from dataclasses import replace
from datetime import timedelta

from domain.rights import DecisionRight
from policies.review_terms import Overdue, ReviewTerms, review_terms_over

SITE = ReviewTerms("riverside", frozenset({DecisionRight.CONNECT}), timedelta(days=15), Overdue.BLOCK)
ZONE = replace(SITE, boundary="pumping", within=timedelta(days=2))


def test_the_nearest_boundary_that_speaks_of_it_decides_and_where_none_does_nothing_is_asked() -> None:
    assert review_terms_over((SITE, ZONE), ("dmz-pumping", "pumping", "riverside")) is ZONE
    assert review_terms_over((SITE, ZONE), ("dmz-operations", "operations", "riverside")) is SITE
    assert review_terms_over((ZONE,), ("dmz-operations", "operations", "riverside")) is None
    assert review_terms_over((), ("riverside",)) is None
