from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.canonical import canonical, parse
from domain.dispute import settling_nonce
from domain.errors import ProofError
from domain.proof import SshProof, TotpProof
from domain.signed_decision import LONGEST_BYTES, SignedDecision, Verdict, names_dispute
from tests.approvals.desk import NOW, decision
from tests.domain.samples import permit
from tests.for_each import for_each

YES = decision(permit())
NO = replace(YES, verdict=Verdict.REFUSE, reason="Start-up today")


@pytest.mark.parametrize("one", [pytest.param(YES, id="a yes"), pytest.param(NO, id="a no")])
def test_a_decision_is_read_back_as_it_was_signed(one: SignedDecision) -> None:
    assert SignedDecision.of(one.message()) == one


def test_it_holds_the_permit_s_own_bytes_and_a_challenge_as_a_passkey_s_is() -> None:
    """B07: 32 random bytes, then SHA-256 of exactly the permit that is in it."""
    assert permit().canonical() in YES.message()
    assert (YES.nonce + permit().digest()).hex().encode() in YES.message()


def bent(change: Callable[[dict[str, Any]], object]) -> bytes:
    document = parse(YES.message())
    assert isinstance(document, dict)
    change(document)
    return canonical(document)


@for_each(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b" " + YES.message(), id="white space"),
        pytest.param(YES.message()[:-1], id="cut short"),
        pytest.param(b'"' + b"a" * LONGEST_BYTES + b'"', id="far too long"),
        pytest.param(bent(lambda one: one.update(schema="penstock-decision/2")), id="another schema"),
        pytest.param(bent(lambda one: one.update(decision="perhaps")), id="neither yes nor no"),
        pytest.param(bent(lambda one: one.update(right="root")), id="no such right"),
        pytest.param(bent(lambda one: one.update(person="Not An Id")), id="nobody"),
        pytest.param(bent(lambda one: one.update(challenge="00" * 64)), id="another permit's challenge"),
        pytest.param(bent(lambda one: one.update(challenge="00" * 31)), id="a short challenge"),
        pytest.param(bent(lambda one: one.update(shown="zz")), id="no digest"),
        pytest.param(bent(lambda one: one.update(until="2026-03-02T08:00:00+00:00")), id="another instant"),
        pytest.param(bent(lambda one: one.update(node=7)), id="a node that is a number"),
        pytest.param(bent(lambda one: one.update(reason="a\nb")), id="a reason of two lines"),
        pytest.param(bent(lambda one: one.update(more="than a decision")), id="more"),
        pytest.param(bent(lambda one: one.pop("node")), id="less"),
        pytest.param(bent(lambda one: one["permit"].update(purpose="")), id="no permit"),
    ],
)
def test_what_is_no_decision_is_refused(data: bytes) -> None:
    with pytest.raises(ProofError) as raised:
        SignedDecision.of(data)
    assert raised.value.code == "malformed_decision"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"shown": b""}, id="nothing shown"),
        pytest.param({"nonce": bytes(31)}, id="a short nonce"),
        pytest.param({"node": ""}, id="no node"),
        pytest.param({"until": NOW + timedelta(microseconds=1)}, id="a fraction of a second"),
        pytest.param({"verdict": Verdict.REFUSE}, id="a no without a reason"),
        pytest.param({"verdict": Verdict.REFUSE, "reason": "a\nb"}, id="a reason of two lines"),
    ],
)
def test_a_decision_that_can_not_be_is_not_made(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"decision|reason"):
        replace(YES, **change)


def test_a_decision_settles_the_dispute_that_its_nonce_names_and_no_other() -> None:
    """B14: by SSH signature as by passkey."""
    nonce = settling_nonce(bytes(16), bytes(32))
    settling = SshProof(replace(YES, nonce=nonce).message(), b"signature")
    assert names_dispute(settling, bytes(32))
    assert not names_dispute(settling, bytes(range(32)))
    assert not names_dispute(SshProof(YES.message(), b"signature"), bytes(32))
    assert names_dispute(TotpProof(1, "123456"), bytes(32))
