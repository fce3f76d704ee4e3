"""Whose word counts about starts: the nearest boundary that has one."""

import pytest

from domain.rights import DecisionRight
from policies.start_notice import USUAL_START, StartTerms, Unheard, terms_over

ZONE = StartTerms("pumping", frozenset({DecisionRight.SAFETY}), unheard=Unheard.BLOCK_START)
SITE = StartTerms("riverside", unheard=Unheard.ALARM)


@pytest.mark.parametrize(
    ("boundaries", "found"),
    [
        (("dmz-pumping", "pumping", "riverside", "org"), ZONE),
        (("dmz-operations", "operations", "riverside", "org"), SITE),
        (("other", "elsewhere", "org"), USUAL_START),
        ((), USUAL_START),
    ],
)
def test_the_nearest_boundary_that_has_terms_decides_them_all(
    boundaries: tuple[str, ...], found: StartTerms
) -> None:
    assert terms_over((SITE, ZONE), boundaries) is found


def test_without_terms_people_are_told_and_nothing_else_follows() -> None:
    """B06: whoever decides and whoever leads incidents is told before the start."""
    assert USUAL_START.rights == {DecisionRight.CONNECT, DecisionRight.INCIDENT_LEAD}
    assert USUAL_START.unheard is Unheard.NOTHING
