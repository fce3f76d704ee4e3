import pytest

from policies.charter.documents import read_charter
from policies.rules.conduit_agreed import ConduitAgreed
from tests.policies.plant import asking, edited, facts, wanting, word

RULE = ConduitAgreed()
AGREED = '\n[conduit.agreed]\nfrom = "olga"\nto = "petra"\non = 2025-01-13\n'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('purpose = "Support of', 'purpose = "" # "Support of', id="no purpose"),
        pytest.param('owner = "Olga Brandt, OT engineering"', 'owner = " "', id="a blank owner"),
        pytest.param('failure = "The vendor', 'failure = "" # "The vendor', id="no failure description"),
        pytest.param('success = "A permit', 'success = "" # "A permit', id="no success test"),
        pytest.param(AGREED, "", id="one side has not agreed"),
    ],
)
def test_a_conduit_is_not_open_before_both_sides_have_answered(old: str, new: str) -> None:
    """S-25, C03: the same questions first; a permission without a reason is none."""
    given = facts(charter=read_charter(edited("conduits.toml", old, new)))
    assert word(RULE, wanting(), given) == word(RULE, asking(), given) == "conduit_not_agreed"


def test_a_conduit_with_its_answers_and_its_agreement_is_content() -> None:
    assert word(RULE, wanting(), facts()) == word(RULE, asking(), facts()) == "accept"
