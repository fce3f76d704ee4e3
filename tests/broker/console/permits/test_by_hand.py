"""A decision that is signed by an SSH key counts once, for exactly what was signed, and says why when not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from approvals.bundle import Answer, read_answer, read_bundle
from broker.console.permits.by_hand import AT_ONCE
from domain.errors import DecisionError, ProofError
from domain.ids import PersonId
from domain.permit import Permit, PermitState
from domain.proof import ProofKind
from domain.rights import DecisionRight
from domain.signed_decision import SignedDecision, Verdict
from domain.window import TimeWindow
from tests.approvals.ssh import HardKey, SoftKey
from tests.broker.console.house import House
from tests.broker.console.permits.test_approve import in_dispute
from tests.policies.plant import charter_with

PETRA, SVEN = PersonId("petra"), PersonId("sven")
CONNECT = DecisionRight.CONNECT


@pytest.fixture
def key(house: House) -> SoftKey:
    """Petra's, in the plant's trust file."""
    mine = SoftKey()
    house.trust = house.trust.with_signing_key(PETRA, mine.enrolled())
    return mine


async def drawn(house: House, permit: Permit, length: timedelta = AT_ONCE) -> SignedDecision:
    bundle = await house.desk.by_hand.draw_up(permit.id, PETRA, CONNECT, length, refuses=False)
    return read_bundle(bundle.write()).decision


def signed(key: SoftKey | HardKey, said: SignedDecision) -> Answer:
    return read_answer(Answer(said.message(), key.sign(said.message())).write())


async def refused(house: House, answer: Answer) -> str:
    before = len(house.events("ApprovalRejected"))
    with pytest.raises((ProofError, DecisionError)) as raised:
        await house.desk.by_hand.take(answer)
    told = house.events("ApprovalRejected")[before:]
    assert [one["code"] for one in told] == [raised.value.code]
    assert raised.value.fact.endswith(".")
    return raised.value.code


async def test_a_signed_yes_approves_and_is_kept_with_what_was_signed(house: House, key: SoftKey) -> None:
    """S-28, B07: no browser, no network, no identity provider; the person's own key says yes."""
    permit = await house.ask()
    answer = signed(key, await drawn(house, permit))
    assert await house.desk.by_hand.take(answer) is PermitState.APPROVED
    filed = await house.approvals.filed(permit.id)
    assert filed is not None
    assert filed.approvals[0].kind is ProofKind.SSHSIG
    assert house.events("PermitApproved")[0]["kind"] == "sshsig"


async def test_a_signed_no_refuses_and_its_signature_is_evidence(house: House, key: SoftKey) -> None:
    permit = await house.ask()
    no = replace(await drawn(house, permit), verdict=Verdict.REFUSE, reason="Start-up today")
    assert await house.desk.by_hand.take(signed(key, no)) is PermitState.REFUSED
    (told,) = house.events("RefusalSigned")
    kept = SignedDecision.of(str(told["message"]).encode())
    assert (kept, told["permit"]) == (no, permit.id)
    assert house.events("PermitChanged")[-1]["reason"] == "Start-up today"


async def test_abuse_07_an_answer_counts_once(house: House, key: SoftKey) -> None:
    permit = await house.ask()
    said = await drawn(house, permit)
    await house.desk.by_hand.take(signed(key, said))
    assert await refused(house, signed(key, said)) == "replayed"
    no = replace(said, verdict=Verdict.REFUSE, reason="Changed my mind")
    assert await refused(house, signed(key, no)) == "replayed"


async def test_an_answer_that_nobody_here_asked_for_counts_for_nothing(house: House, key: SoftKey) -> None:
    permit = await house.ask()
    said = await drawn(house, permit)
    assert await refused(house, signed(key, replace(said, nonce=bytes(32)))) == "replayed"
    assert await refused(house, signed(key, replace(said, right=DecisionRight.IDENTITY))) == "replayed"
    assert await house.desk.by_hand.take(signed(key, said)) is PermitState.APPROVED


async def test_an_answer_belongs_to_the_node_that_asked(house: House, key: SoftKey) -> None:
    permit = await house.ask()
    said = replace(await drawn(house, permit), node="other.example/ot-access/1")
    assert await refused(house, signed(key, said)) == "wrong_node"


async def test_an_answer_ends_at_the_instant_that_it_names(house: House, key: SoftKey) -> None:
    permit = await house.ask()
    said = await drawn(house, permit, timedelta(minutes=10))
    house.clock.advance(said.until - house.clock.now())
    assert await refused(house, signed(key, said)) == "decision_expired"
    # Whoever signs a later end for themselves finds the challenge gone.
    longer = replace(said, until=said.until + timedelta(hours=1))
    assert await refused(house, signed(key, longer)) == "replayed"


async def test_a_bundle_never_outlives_its_window_or_a_week(house: House, key: SoftKey) -> None:
    permit = await house.ask()
    said = await drawn(house, permit, timedelta(days=30))
    assert said.until == permit.window.end
    assert key.enrolled()


async def test_an_answer_under_another_charter_is_read_again_first(house: House, key: SoftKey) -> None:
    permit = await house.ask()
    said = await drawn(house, permit)
    house.charter = charter_with(digest=b"\1" * 32)
    assert await refused(house, signed(key, said)) == "wrong_charter"


async def test_b08_what_was_shown_must_be_what_is_shown_now(house: House, key: SoftKey) -> None:
    """B08: the text that was read is made again here, and must be the same."""
    permit = await house.ask()
    said = replace(await drawn(house, permit), shown=bytes(32))
    assert await refused(house, signed(key, said)) == "shown_text_changed"


async def test_abuse_08_a_permit_that_was_changed_on_the_way_is_not_this_one(
    house: House, key: SoftKey
) -> None:
    permit = await house.ask()
    window = TimeWindow(permit.window.start, permit.window.end + timedelta(hours=1))
    said = replace(await drawn(house, permit), permit=replace(permit, window=window))
    assert await refused(house, signed(key, said)) == "no_such_permit"


async def test_somebody_else_s_signature_is_refused_and_does_not_spend_the_challenge(
    house: House, key: SoftKey
) -> None:
    permit = await house.ask()
    said = await drawn(house, permit)
    assert await refused(house, signed(SoftKey(), said)) == "unknown_signing_key"
    assert await refused(house, Answer(said.message(), key.sign(b"something else"))) == "wrong_signature"
    house.trust = house.trust.with_signing_key(SVEN, (sven := SoftKey()).enrolled())
    assert await refused(house, signed(sven, replace(said, person=SVEN))) == "replayed"
    assert await house.desk.by_hand.take(signed(key, said)) is PermitState.APPROVED


async def test_a_security_key_that_nobody_unlocked_decides_nothing(house: House) -> None:
    hard = HardKey(flags=0x01)
    house.trust = house.trust.with_signing_key(PETRA, hard.enrolled())
    permit = await house.ask()
    said = await drawn(house, permit)
    assert await refused(house, signed(hard, said)) == "user_not_verified"
    hard.flags = 0x05
    assert await house.desk.by_hand.take(signed(hard, said)) is PermitState.APPROVED


@pytest.mark.parametrize(
    ("person", "right"), [("sven", CONNECT), ("petra", DecisionRight.IDENTITY), ("ana", CONNECT)]
)
async def test_nothing_is_drawn_up_for_who_may_not_decide(
    house: House, person: str, right: DecisionRight
) -> None:
    permit = await house.ask()
    with pytest.raises(DecisionError):
        await house.desk.by_hand.draw_up(permit.id, PersonId(person), right, AT_ONCE, refuses=False)


async def test_what_is_decided_already_is_not_drawn_up_again(house: House, key: SoftKey) -> None:
    permit = await house.ask()
    await house.desk.by_hand.take(signed(key, await drawn(house, permit)))
    with pytest.raises(DecisionError) as raised:
        await drawn(house, permit)
    assert raised.value.code == "lost_race"


async def test_who_lost_the_right_meanwhile_decides_nothing(house: House, key: SoftKey) -> None:
    """J17: a signature that was right when it was made is asked for its right again when it comes."""
    permit = await house.ask()
    said = await drawn(house, permit)
    house.trust = house.trust.without_signing_key(PETRA, key.enrolled().fingerprint())
    assert await refused(house, signed(key, said)) == "unknown_signing_key"


async def test_a_conduit_that_takes_no_ssh_signature_is_said_before_anybody_signs(house: House) -> None:
    permit = await house.ask()
    here = charter_with()
    conduit = here.conduits[permit.conduit]
    only = replace(conduit, proofs=frozenset({ProofKind.PASSKEY}))
    house.charter = charter_with(conduits={**here.conduits, permit.conduit: only})
    with pytest.raises(DecisionError) as raised:
        await drawn(house, permit)
    assert raised.value.code == "kind_not_accepted"


async def test_an_arbiter_settles_by_ssh_and_what_is_signed_names_the_dispute(house: House) -> None:
    """B14: the same dispute, the same arbiter, another tool; a yes without its reason settles nothing."""
    permit, key = await in_dispute(house), SoftKey()
    house.trust = house.trust.with_signing_key(SVEN, key.enrolled())
    right = DecisionRight.DATA_OUT
    with pytest.raises(DecisionError):
        await house.desk.by_hand.draw_up(permit.id, PETRA, right, AT_ONCE, refuses=False)
    said = (await house.desk.by_hand.draw_up(permit.id, SVEN, right, AT_ONCE, refuses=False)).decision
    with pytest.raises(DecisionError) as raised:
        await house.desk.by_hand.take(signed(key, said))
    assert raised.value.code == "no_reason"
    said = (await house.desk.by_hand.draw_up(permit.id, SVEN, right, AT_ONCE, refuses=False)).decision
    answer = signed(key, replace(said, reason="They are drawings."))
    assert await house.desk.by_hand.take(answer) is PermitState.APPROVED
    assert house.events("PermitSettled")[0]["reason"] == "They are drawings."
