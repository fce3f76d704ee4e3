import copy
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.canonical import Json, canonical, instant_text, parse
from domain.dispute import settling_nonce
from domain.errors import PenstockError
from domain.proof import Approval
from recorder.snapshots import CharterSnapshot, TrustSnapshot
from recorder.verify_approvals import check_approvals
from tests.clock import STARTS
from tests.recorder.cases import CHARTER, OLGA, approval, code, digest_of, permit, trust_file

DISPUTE = bytes(range(32))
NONCE = settling_nonce(bytes(16), DISPUTE)
YES = replace(approval(OLGA.assertion(permit().digest(), nonce=NONCE), "olga"), settles=DISPUTE)
TOLD: dict[str, Json] = {
    "event": "PermitDisputed",
    "permit": permit().id,
    "right": "connect",
    "arbiter": "olga",
    "dispute": DISPUTE.hex(),
    "until": instant_text(STARTS),
}


def arbitrated(**changed: str) -> object:
    """The charter with an arbiter for connect."""
    found = copy.deepcopy(CHARTER)
    found["files"]["rights.toml"]["right"][0].update({"arbiter": "olga", **changed})  # type: ignore[index]
    return found


def judged(yes: Approval = YES, charter: object | None = None, *told: dict[str, Json]) -> str:
    approved: dict[str, Json] = {
        "event": "PermitApproved",
        "permit": permit().id,
        "digest": permit().digest().hex(),
        "right": str(yes.right),
        "approver": yes.approver,
        "approval": digest_of(yes),
    }
    return check_approvals(
        permit(),
        [yes],
        {"approvals": [digest_of(yes)]},
        [*(told or (TOLD,)), approved],
        CharterSnapshot.of(parse(canonical(charter or arbitrated()))),  # type: ignore[arg-type]
        TrustSnapshot.of(trust_file(OLGA)),
        lambda _: None,
    )


def test_an_outsider_sees_that_the_arbiter_signed_this_very_dispute() -> None:
    """B14: years later, from the case file alone."""
    assert "olga (connect, passkey)" in judged()
    assert "olga" in judged(replace(approval(code(), "olga"), settles=DISPUTE))


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"dispute": "00" * 32}, id="of another dispute"),
        pytest.param({"permit": "b" * 26}, id="about another permit"),
        pytest.param({"arbiter": "deniz"}, id="with another arbiter"),
        pytest.param({"right": "safety"}, id="under another right"),
        pytest.param({"until": instant_text(STARTS - timedelta(hours=1))}, id="that was over"),
        pytest.param({"event": "PermitSettled"}, id="that was not told of"),
    ],
)
def test_a_dispute_that_the_ledger_tells_otherwise_settles_nothing(wrong: dict[str, Json]) -> None:
    with pytest.raises(PenstockError):
        judged(YES, None, {**TOLD, **wrong})


def test_what_the_arbiter_did_not_sign_or_may_not_decide_is_refused() -> None:
    plain = replace(approval(OLGA.assertion(permit().digest()), "olga"), settles=DISPUTE)
    with pytest.raises(PenstockError, match="does not name the dispute"):
        judged(plain)
    with pytest.raises(PenstockError, match="did not hold"):
        judged(replace(YES, settles=None))
    with pytest.raises(PenstockError, match="did not hold"):
        judged(YES, CHARTER)
    with pytest.raises(PenstockError, match="did not hold"):
        judged(YES, arbitrated(side="ot"))
