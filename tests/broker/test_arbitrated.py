"""A permit that an arbiter settled, at the gate: what it rests on there, and that no edited row takes its place."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from approvals.proofs.webauthn import approval_options, proof_of
from broker.console.permits.terms import judge
from domain.access import Allow, Deny, NeedsApproval
from domain.dispute import SALT_BYTES, Dispute, settling_nonce
from domain.ids import ConduitId, PersonId
from domain.permit import Permit, PermitState
from domain.plant import Outflow
from domain.proof import Approval
from domain.rights import DecisionRight
from policies.charter.charter import Charter
from tests.broker.console.house import House, house_at
from tests.broker.test_admission import at_the_gate, wants
from tests.clock import FrozenClock
from tests.policies.plant import charter, charter_with

DENIZ, PETRA, SVEN = map(PersonId, ("deniz", "petra", "sven"))
CONNECT, DATA_OUT = DecisionRight.CONNECT, DecisionRight.DATA_OUT


@pytest.fixture
async def house(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[House]:
    async with house_at(tmp_path, clock) as one:
        for person in (DENIZ, PETRA, SVEN):
            one.enrol(person)
        one.charter = with_arbiter("sven")
        yield one


def with_arbiter(person: str | None) -> Charter:
    """Files leave by the conduit into operations; ``person`` is arbiter of what may."""
    way = charter().conduits[ConduitId("dmz-operations")]
    held = tuple(
        replace(one, arbiter=None if person is None else PersonId(person)) if one.right is DATA_OUT else one
        for one in charter().register
    )
    ways = {**charter().conduits, way.id: replace(way, data_out=frozenset({Outflow.SFTP}))}
    return charter_with(conduits=ways, holdings=held)


def signed(
    house: House, permit: Permit, person: PersonId, right: DecisionRight, dispute: Dispute | None
) -> Approval:
    nonce = secrets.token_bytes(32)
    if dispute is not None:
        nonce = settling_nonce(secrets.token_bytes(SALT_BYTES), dispute.digest())
    answer = house.devices[person].get(approval_options(house.trust, person, permit, nonce))
    return Approval(
        permit_digest=permit.digest(),
        right=right,
        approver=person,
        at=house.clock.now(),
        shown_digest=bytes(32),
        proof=proof_of(answer, nonce),
        settles=None if dispute is None else dispute.digest(),
    )


async def in_dispute(house: House) -> tuple[Permit, Dispute]:
    """Deniz agrees to the connection, and Petra holds back what may leave."""
    permit = await house.ask()
    facts = await house.desk.parts.admission.facts_for(permit.person, permit.asset)
    terms = judge(permit, facts).terms
    yes = signed(house, permit, DENIZ, CONNECT, None)
    await house.approvals.approve(permit.id, yes, terms, house.trust, lambda *_: True)
    await house.approvals.refuse(permit.id, PETRA, "Not these files.", terms)
    filed = await house.approvals.filed(permit.id)
    assert filed is not None
    assert filed.dispute is not None
    return permit, filed.dispute


async def settled(house: House) -> Permit:
    permit, dispute = await in_dispute(house)
    facts = await house.desk.parts.admission.facts_for(permit.person, permit.asset)
    yes = signed(house, permit, SVEN, DATA_OUT, dispute)
    state = await house.approvals.settle(
        permit.id, yes, "They are drawings.", judge(permit, facts).terms, house.trust, lambda *_: True
    )
    assert state is PermitState.APPROVED
    return permit


async def word(house: House, under: Charter | None = None) -> str:
    decision = (await at_the_gate(house, charter=lambda: under or house.charter).through(wants())).decision
    match decision:
        case Allow():
            return "allow"
        case Deny(reasons) | NeedsApproval(reasons):
            return reasons[0].code


async def test_in_dispute_it_waits_at_the_gate_for_the_arbiter_alone(house: House) -> None:
    """B14: default deny."""
    permit, _ = await in_dispute(house)
    passed = await at_the_gate(house, charter=lambda: house.charter).through(wants())
    assert isinstance(passed.decision, NeedsApproval)
    assert (passed.decision.permit, passed.decision.waiting_for) == (permit.id, (SVEN,))


async def test_settled_it_opens_on_the_arbiter_s_proof_and_on_the_other_s(house: House) -> None:
    """B14, S-24: verified at the gate like any other approval."""
    await settled(house)
    passed = await at_the_gate(house, charter=lambda: house.charter).through(wants())
    assert isinstance(passed.decision, Allow)
    assert len(passed.approvals) == 2


async def test_an_arbiter_who_is_it_no_longer_opens_nothing(house: House) -> None:
    """B04, B14: eligibility is asked again at every door."""
    await settled(house)
    assert await word(house, with_arbiter("milo")) == "approval_not_valid"
    assert await word(house, with_arbiter(None)) == "approval_not_valid"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        pytest.param("DELETE FROM permit_dispute", "permit_edited", id="the dispute is taken away"),
        pytest.param(
            "UPDATE permit_dispute SET document = CAST(replace(document, 'Not these', 'Oh, these') AS BLOB)",
            "approval_not_valid",
            id="the words of it are changed",
        ),
        pytest.param(
            "UPDATE permit_dispute SET document = replace(document, 'Not these', 'Oh, these')",
            "permit_edited",
            id="it is made a text",
        ),
        pytest.param(
            "UPDATE permit SET document = CAST(document AS TEXT)",
            "permit_edited",
            id="the permit is made a text",
        ),
    ],
)
async def test_abuse_34_no_edited_dispute_passes_for_the_one_that_was_signed(
    house: House, edit: str, said: str
) -> None:
    await settled(house)
    async with house.engine.begin() as work:
        await work.execute(text(edit))
    assert await word(house) == said


async def test_abuse_34_a_dispute_edited_into_an_approved_permit_opens_nothing(house: House) -> None:
    await in_dispute(house)
    async with house.engine.begin() as work:
        await work.execute(text("DELETE FROM permit_dispute"))
        await work.execute(
            text("UPDATE permit_history SET event = 'approve', after = 'approved' WHERE event = 'dispute'")
        )
        await work.execute(text("UPDATE permit SET state = 'approved'"))
    assert await word(house) == "approval_not_valid"
