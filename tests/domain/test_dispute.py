from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.canonical import canonical, parse
from domain.dispute import Dispute, Position, names, settling_nonce, settling_purpose
from domain.errors import EvidenceError
from domain.ids import PersonId
from domain.rights import DecisionRight
from tests.domain.samples import OPENS, permit

YES = Position(PersonId("sam"), DecisionRight.SAFETY, True, "Replace the drive", OPENS)
NO = Position(PersonId("bea"), DecisionRight.CONNECT, False, "Not while we start up.", OPENS)
DISPUTE = Dispute(
    permit().digest(),
    DecisionRight.CONNECT,
    "works",
    PersonId("eve"),
    (YES, NO),
    OPENS + timedelta(hours=1),
)


def test_a_dispute_reads_back_as_what_was_written() -> None:
    assert Dispute.of(parse(canonical(DISPUTE.document()))) == DISPUTE
    assert (DISPUTE.agreed, DISPUTE.refused) == ((YES,), (NO,))
    assert str(NO) == "bea (connect): Not while we start up."


def test_every_word_of_it_is_in_its_digest() -> None:
    """B14: what an arbiter signs names both positions as they were."""
    others = [
        replace(DISPUTE, permit=bytes(32)),
        replace(DISPUTE, right=DecisionRight.SAFETY),
        replace(DISPUTE, boundary="line"),
        replace(DISPUTE, arbiter=PersonId("dan")),
        replace(DISPUTE, until=OPENS),
        replace(DISPUTE, positions=(YES, replace(NO, reason="Go on."))),
        replace(DISPUTE, positions=(NO, YES)),
    ]
    assert len({one.digest() for one in [DISPUTE, *others]}) == len(others) + 1


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"schema": "penstock-dispute/2"}, id="another schema"),
        pytest.param({"more": 1}, id="more than there is"),
        pytest.param({"positions": "sam"}, id="no positions"),
        pytest.param({"positions": [{"person": "sam"}]}, id="half a position"),
        pytest.param({"right": "connects"}, id="no right"),
        pytest.param({"permit": 7}, id="no digest"),
        pytest.param({"permit": DISPUTE.permit.hex().upper()}, id="another form"),
    ],
)
def test_what_is_no_dispute_is_not_read_as_one(changed: dict[str, Any]) -> None:
    document = DISPUTE.document()
    assert isinstance(document, dict)
    with pytest.raises(EvidenceError):
        Dispute.of({**document, **changed})
    with pytest.raises(EvidenceError):
        Dispute.of([])


def test_an_arbiter_s_nonce_names_one_dispute_and_no_other() -> None:
    """B14: a yes given in another matter settles nothing."""
    nonce = settling_nonce(bytes(range(16)), DISPUTE.digest())
    assert len(nonce) == 32
    assert names(nonce, DISPUTE.digest())
    assert not names(nonce, bytes(32))
    assert not names(bytes(32), DISPUTE.digest())
    assert not names(nonce[:31], DISPUTE.digest())
    assert nonce != settling_nonce(bytes(16), DISPUTE.digest())
    with pytest.raises(ValueError, match="16"):
        settling_nonce(bytes(15), DISPUTE.digest())


def test_a_code_that_settles_is_spent_on_that() -> None:
    assert settling_purpose("approve:00", DISPUTE.digest()) != "approve:00"
