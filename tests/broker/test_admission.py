"""What one decision rests on: permits whose approvals verify here and now, and nothing that a row merely says."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from approvals.arbitration import verify_filed
from approvals.proofs import Verified, purpose
from approvals.proofs.webauthn import approval_options, proof_of
from approvals.service import MOST_WAITING
from approvals.shown import shown_digest
from broker.admission import Admission, Seen, digest_of, new_permit_id, now_in_whole_seconds
from broker.console.permits.terms import judge, names_of
from domain.access import (
    AccessRequest,
    Action,
    Allow,
    ConnectionMethod,
    Deny,
    Grant,
    NeedsApproval,
    PassageKind,
)
from domain.errors import ConfigError
from domain.ids import AssetId, ConduitId, PermitId, PersonId, is_token
from domain.limits import limits_of
from domain.permit import Permit
from domain.plant import OperatingState
from domain.proof import Approval, Proof, TotpProof
from domain.rights import DecisionRight
from policies.charter.ssh_keys import fingerprint
from policies.tenure import LastUse
from tests.broker.console.house import House, house_at
from tests.clock import FrozenClock
from tests.policies.plant import charter, charter_with

PETRA = PersonId("petra")
RUNNING = dict.fromkeys(charter().zones, OperatingState.RUNNING)


@pytest.fixture
async def house(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[House]:
    async with house_at(tmp_path, clock) as one:
        one.enrol("petra")
        yield one


def wants(kind: PassageKind = PassageKind.SHELL, permit: PermitId | None = None) -> AccessRequest:
    """Ana wants through now."""
    return AccessRequest(
        person=PersonId("ana"),
        asset=AssetId("eng-ws-1"),
        passage=(Grant(kind),),
        actions=frozenset(),
        source="192.0.2.9",
        permit=permit,
        client="SSH-2.0-OpenSSH_9.6p1",
        key=fingerprint(charter().people[PersonId("ana")].ssh_keys[0]),
        method=ConnectionMethod.SSH,
    )


async def approve(house: House, permit: Permit, proof: Proof | None = None) -> Approval:
    admission = house.desk.parts.admission
    if proof is None:
        nonce = secrets.token_bytes(32)
        options = approval_options(house.trust, PETRA, permit, nonce)
        proof = proof_of(house.devices[PETRA].get(options), nonce)
    approval = Approval(
        permit_digest=permit.digest(),
        right=DecisionRight.CONNECT,
        approver=PETRA,
        at=house.clock.now(),
        shown_digest=shown_digest(permit, names_of(permit, charter())),
        proof=proof,
    )
    terms = judge(permit, await admission.facts_for(permit.person, permit.asset)).terms
    await house.approvals.approve(permit.id, approval, terms, house.trust, lambda *_: True)
    return approval


def at_the_gate(
    house: House, *, seen: Seen | None = None, spent: bool = True, **changed: object
) -> Admission:
    """Admission as the gate composes it, looking at what a test says."""

    async def look() -> Seen:
        return replace(
            seen or Seen(RUNNING, frozenset(), frozenset(), ()), last_use=LastUse(house.clock.now(), {})
        )

    parts = {
        "charter": charter,
        "trust": lambda: house.trust,
        "approvals": house.approvals,
        "spent": lambda *_: spent,
        "look": look,
        "ledger": house.ledger,
        "clock": house.clock,
    } | changed
    return Admission(**parts)  # type: ignore[arg-type]


def code_of(decision: object) -> str:
    assert isinstance(decision, Deny), decision
    return decision.reasons[0].code


async def test_an_approved_permit_lets_through_until_its_window_ends(house: House) -> None:
    permit = await house.ask()
    approval = await approve(house, permit)
    passed = await at_the_gate(house).through(wants())
    assert isinstance(passed.decision, Allow)
    assert (passed.decision.permit, passed.decision.until) == (permit.id, permit.window.end)
    assert (passed.permit, passed.approvals) == (permit, (digest_of(approval),))


async def test_a_permit_that_waits_is_named_with_who_is_waited_for(house: House) -> None:
    permit = await house.ask()
    passed = await at_the_gate(house).through(wants())
    assert isinstance(passed.decision, NeedsApproval)
    assert (passed.decision.permit, passed.permit, passed.approvals) == (permit.id, permit, ())
    assert PETRA in passed.decision.waiting_for


async def test_without_a_permit_there_is_nothing_to_rest_on(house: House) -> None:
    passed = await at_the_gate(house).through(wants())
    assert (code_of(passed.decision), passed.permit, passed.approvals) == ("no_permit", None, ())


async def test_a_pinned_permit_is_the_only_one_that_counts(house: House) -> None:
    await approve(house, await house.ask())
    other = await house.ask()
    waits = await at_the_gate(house).through(wants(permit=other.id))
    assert isinstance(waits.decision, NeedsApproval)
    unknown = await at_the_gate(house).through(wants(permit=new_permit_id()))
    assert code_of(unknown.decision) == "no_permit"


async def test_abuse_10_an_approver_who_lost_the_right_no_longer_counts(house: House) -> None:
    await approve(house, await house.ask())
    holdings = tuple(
        replace(one, holder=PersonId("sven"), deputy=None) if one.right is DecisionRight.CONNECT else one
        for one in charter().holdings
    )
    changed = charter_with(holdings=holdings)
    passed = await at_the_gate(house, charter=lambda: changed).through(wants())
    assert code_of(passed.decision) == "approval_not_valid"


async def test_a_passkey_taken_out_of_the_trust_file_no_longer_counts(house: House) -> None:
    await approve(house, await house.ask())
    house.trust = house.trust.without_passkey(PETRA, house.devices[PETRA].credential_id)
    passed = await at_the_gate(house).through(wants())
    assert code_of(passed.decision) == "approval_not_valid"


@pytest.mark.parametrize("spent", [True, False])
async def test_an_approval_by_code_counts_only_where_its_step_was_spent_on_this_permit(
    house: House, spent: bool
) -> None:
    permit = await house.ask()
    code = house.code("petra")
    step = await house.desk.parts.codes.check(PETRA, code, purpose(permit))
    assert step is not None
    await approve(house, permit, TotpProof(step=step, code=code))
    passed = await at_the_gate(house, spent=spent).through(wants())
    if spent:
        assert isinstance(passed.decision, Allow)
    else:
        assert code_of(passed.decision) == "approval_not_valid"


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        pytest.param(Seen(RUNNING, frozenset({"all"}), frozenset(), ()), "isolated", id="isolated"),
        pytest.param(Seen({}, frozenset(), frozenset(), ()), "state_unknown", id="no operating state"),
        pytest.param(Seen(RUNNING, frozenset(), frozenset(), ("recorder",)), "", id="a node with a fault"),
    ],
)
async def test_what_the_node_sees_now_counts_beside_the_permit(house: House, seen: Seen, code: str) -> None:
    await approve(house, await house.ask())
    passed = await at_the_gate(house, seen=seen).through(wants())
    assert isinstance(passed.decision, Deny)
    assert code in passed.decision.reasons[0].code


async def test_a_revocation_counts_whatever_the_database_says(house: House) -> None:
    permit = await house.ask()
    await approve(house, permit)
    seen = Seen(RUNNING, frozenset(), frozenset({permit.id}), ())
    assert code_of((await at_the_gate(house, seen=seen).through(wants())).decision) == "permit_revoked"


async def test_abuse_08_an_edited_row_is_a_no_with_its_own_code(house: House) -> None:
    permit = await house.ask()
    await approve(house, permit)
    async with house.engine.begin() as db:
        await db.execute(text("UPDATE permit SET vendor = 'kestrel'"))
    passed = await at_the_gate(house).through(wants())
    assert (code_of(passed.decision), passed.permit) == ("permit_edited", None)


async def test_a_trust_file_that_can_not_be_read_is_a_no_and_no_crash(house: House) -> None:
    def unreadable() -> None:
        raise ConfigError("It is gone.", file="approvers.toml")

    passed = await at_the_gate(house, trust=unreadable).through(wants())
    assert code_of(passed.decision) == "facts_missing"


async def test_a_database_that_is_gone_is_a_no_and_no_crash(house: House) -> None:
    """S-31: what is lost closes vendors' access, and nothing else."""
    async with house.engine.begin() as db:
        await db.execute(text("ALTER TABLE permit RENAME TO elsewhere"))
    assert code_of((await at_the_gate(house).through(wants())).decision) == "facts_missing"


async def test_a_wish_becomes_a_permit_with_the_charter_s_own_words(house: House) -> None:
    permit = await house.ask()
    assert (permit.vendor, permit.conduit, permit.charter_digest) == (
        "brightwater",
        "dmz-operations",
        charter().digest,
    )
    # It is to configure, which the table of states refuses while the plant starts up.
    assert permit.states == charter().conduits[ConduitId("dmz-operations")].states - {OperatingState.START_UP}
    filed = await house.desk.parts.admission.permits_of(PersonId("ana"))
    assert [one.permit for one in filed] == [permit]
    (event,) = house.events("PermitRequested")
    assert (event["permit"], event["digest"]) == (permit.id, permit.digest().hex())


async def test_a_wish_that_is_refused_leaves_a_leaf_and_no_permit(house: House) -> None:
    """B15: a refusal is evidence, with its reason."""
    wish = house.wish(passage=(Grant(PassageKind.AGENT),))
    asked = await house.desk.parts.admission.ask(wish, purpose="Look around", door="ssh")
    assert (type(asked.decision), asked.permit) == (Deny, None)
    (event,) = house.events("RequestRefused")
    assert (event["person"], event["door"], event["code"]) == ("ana", "ssh", code_of(asked.decision))
    assert await house.desk.parts.admission.permits_of(PersonId("ana")) == ()


async def test_a_wish_without_words_or_in_part_seconds_can_not_be_a_permit(house: House) -> None:
    admission = house.desk.parts.admission
    blank = await admission.ask(house.wish(), purpose=" ")
    assert code_of(blank.decision) == "request_incomplete"
    window = house.wish().window
    assert window is not None
    crooked = replace(window, start=window.start + timedelta(microseconds=1))
    with pytest.raises(ValueError, match="whole seconds"):
        await admission.ask(house.wish(window=crooked), purpose="Tune the drives")


async def test_abuse_12_a_flood_is_a_no_like_any_other_at_every_door_and_leaves_a_leaf(house: House) -> None:
    for _ in range(MOST_WAITING):
        await house.ask()
    for door in ("ssh", "console"):
        asked = await house.desk.parts.admission.ask(house.wish(), purpose="One more", door=door)
        assert isinstance(asked.decision, Deny)
        assert asked.decision.reasons[0].code == "too_many_waiting"
        assert asked.permit is None
        assert house.events("RequestRefused")[-1]["door"] == door
    assert len(await house.approvals.pending()) == MOST_WAITING


async def test_somebody_of_the_plant_asks_for_no_permit(house: House) -> None:
    asked = await house.desk.parts.admission.ask(house.wish("petra"), purpose="Look around")
    assert isinstance(asked.decision, Deny)


async def test_a_wish_without_limits_gets_the_conduit_s_and_one_beyond_them_is_refused(house: House) -> None:
    """S-14: the boundary's condition stands in every permit over it, whoever forgot to ask for it."""
    conduits = charter().conduits
    way = replace(conduits[ConduitId("dmz-pumping")], limits=limits_of(["modbus read coils 0-9"]))
    limited = charter_with(conduits={**conduits, way.id: way})
    admission = at_the_gate(house, charter=lambda: limited)
    forward = (Grant(PassageKind.FORWARD, 5020),)
    wish = replace(
        house.wish(),
        asset=AssetId("plc-07"),
        passage=forward,
        actions=frozenset({Action.VIEW}),
        conduit=way.id,
    )
    asked = await admission.ask(wish, purpose="Look")
    assert asked.permit is not None
    assert asked.permit.limits == {"modbus read coils 0-9"}
    less = await admission.ask(replace(wish, limits=frozenset({"modbus read coils 3"})), purpose="Look")
    assert less.permit is not None
    assert less.permit.limits == {"modbus read coils 3"}
    beyond = await admission.ask(replace(wish, limits=frozenset({"modbus read coils 10"})), purpose="Look")
    assert code_of(beyond.decision) == "limit_not_in_conduit"
    assert list(house.events("RequestRefused")[-1]["limits"]) == ["modbus read coils 10"]


def test_a_permit_s_id_is_a_token_and_never_twice_the_same() -> None:
    ids = {new_permit_id() for _ in range(50)}
    assert len(ids) == 50
    assert all(map(is_token, ids))


def test_the_current_second_is_whole(clock: FrozenClock) -> None:
    clock.advance(timedelta(microseconds=7))
    assert now_in_whole_seconds(clock) == clock.now() - timedelta(microseconds=7)


async def test_a_closed_permit_is_not_verified_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    closed, still_open = await house.ask(), await house.ask()
    for permit in (closed, still_open):
        await approve(house, permit)
    await house.approvals.revoke(closed.id, PETRA, "done early")
    looked_at: list[PermitId] = []

    def looking(approval: Approval, permit: Permit, *others: Any) -> Verified:
        looked_at.append(permit.id)
        return verify_filed(approval, permit, *others)

    monkeypatch.setattr("broker.admission.verify_filed", looking)
    passed = await at_the_gate(house).through(wants())
    assert isinstance(passed.decision, Allow)
    assert set(looked_at) == {still_open.id}


async def test_b11_a_wish_names_the_states_in_which_it_shall_hold_and_none_in_which_it_could_not(
    house: House,
) -> None:
    """B11: approval is good only for listed operating states."""
    admission = house.desk.parts.admission
    asked = await admission.ask(house.wish(), purpose="Tune", states=frozenset({OperatingState.MAINTENANCE}))
    assert asked.permit is not None
    assert asked.permit.states == {OperatingState.MAINTENANCE}
    for state in (OperatingState.START_UP, OperatingState.EMERGENCY):
        with pytest.raises(ValueError, match="could never hold"):
            await admission.ask(house.wish(), purpose="Tune", states=frozenset({state}))
