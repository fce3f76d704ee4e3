"""The rule's own truth table; what a use is worth is in tests/policies/test_glass.py."""

import pytest

from domain.access import AccessRequest
from policies.rules.break_glass import BreakGlassCounts
from tests.policies.plant import asking, facts, wanting, word
from tests.policies.test_glass import BEFORE, GLASS, given

RULE = BreakGlassCounts()


@pytest.mark.parametrize(
    ("request_", "uses", "expected"),
    [
        pytest.param(wanting(), (GLASS,), "accept", id="a young use"),
        pytest.param(
            wanting(), (BEFORE, GLASS), "break_glass_unreviewed", id="after one that nobody reviewed"
        ),
        pytest.param(wanting(), (BEFORE,), "accept", id="another permit's use"),
        pytest.param(asking(), (GLASS,), "abstain", id="while asking"),
    ],
)
def test_a_use_counts_or_refuses_or_is_not_the_permits_h13(
    request_: AccessRequest, uses: tuple[object, ...], expected: str
) -> None:
    """H13: judged at every door."""
    assert word(RULE, request_, given(*uses)) == expected  # type: ignore[arg-type]  # uses, from the table


def test_a_permit_without_a_use_is_not_its_business() -> None:
    assert word(RULE, wanting(), facts()) == "accept"
    assert word(RULE, wanting(), facts(standings=())) == "abstain"
