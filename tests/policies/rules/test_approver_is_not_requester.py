import pytest

from domain.ids import PersonId
from policies.facts import VerifiedApproval
from policies.rules.approver_is_not_requester import ApproverIsNotRequester
from tests.policies.plant import approval, asking, facts, standing, wanting, word

RULE = ApproverIsNotRequester()


@pytest.mark.parametrize(
    ("approvals", "expected"),
    [
        pytest.param((), "abstain", id="no approval"),
        pytest.param((approval(),), "accept", id="the plant manager's"),
        pytest.param((approval(approver=PersonId("ana")),), "own_approval", id="one's own"),
        pytest.param((approval(approver=PersonId("ben")),), "own_approval", id="another vendor's person's"),
        pytest.param(
            (approval(), approval(approver=PersonId("ana"))), "own_approval", id="one's own beside a good one"
        ),
    ],
)
def test_nobody_approves_their_own_wish(approvals: tuple[VerifiedApproval, ...], expected: str) -> None:
    # row: B10, in every cell
    assert word(RULE, wanting(), facts(standings=(standing(approvals=approvals),))) == expected


def test_while_asking_there_is_nothing_to_say() -> None:
    assert word(RULE, asking(), facts()) == "abstain"
