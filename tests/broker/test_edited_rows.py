"""A database administrator with write access to every row, against the composed pieces of the gate.

Real: the approvals service, its database, the watchdog in front of its file, the decision. Every proof
is a genuine one that was given for just this permit.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from approvals.quorum import Terms
from approvals.service import Approvals
from broker.admission import Admission, Seen, digest_of, new_permit_id
from broker.database.engine import migrate, open_engine
from broker.layout import Layout
from broker.processes.lifetime import seen
from broker.watchdog.interlock_file import InterlockFile
from broker.watchdog.interlocks import SetState
from broker.watchdog.kill_switch import bar
from broker.watchdog.watchdog import Watchdog
from domain.access import Allow, Deny
from domain.canonical import canonical
from domain.delegation import Stake
from domain.errors import EvidenceError, PenstockError, ProofError
from domain.ids import PermitId, PersonId, ZoneId
from domain.permit import Permit, PermitState
from domain.plant import OperatingState
from domain.proof import Approval, ProofKind
from domain.rights import DecisionRight, Holding
from domain.window import TimeWindow
from policies.tenure import LastUse
from tests.approvals.desk import CONNECT, LEAD, Desk, ListLedger
from tests.clock import FrozenClock
from tests.policies import plant

PETRA, DENIZ, ANA = map(PersonId, ("petra", "deniz", "ana"))
LONGER = timedelta(minutes=1)
FROM, UNTIL = plant.NOW - timedelta(days=9), plant.NOW + timedelta(days=9)


async def _nobody(_what: str, _permit: PermitId) -> None:
    return None


@dataclass
class Gate:
    """What the gate decides with, and what the administrator may write to."""

    layout: Layout
    approvals: Approvals
    admission: Admission
    desk: Desk

    async def asked(self) -> Permit:
        wish = plant.permit(id=new_permit_id(), nonce=new_permit_id()[:16].encode())
        await self.approvals.request(wish, "console")
        return wish

    async def signed(self, wish: Permit, terms: Terms) -> None:
        approval = self.desk.by_passkey(wish, PETRA, at=plant.NOW)
        await self.approvals.approve(wish.id, approval, terms, self.desk.trust, self.desk.spent)

    async def word(self, wish: Permit) -> str:
        """The decision on going through now with ``wish``: allow, or the code of the refusal."""
        decision = (await self.admission.through(plant.wanting(permit=wish.id))).decision
        match decision:
            case Allow():
                return "allow"
            case Deny(reasons):
                return reasons[0].code
            case _:
                return "needs_approval"

    async def brought_back(self, wish: Permit) -> None:
        """Every row of ``wish`` edited into one consistent story in which it is approved."""
        url = f"sqlite+aiosqlite:///{self.layout.folder / 'penstock.db'}"
        engine = open_engine(url)
        try:
            async with engine.begin() as work:
                named = {"permit": wish.id}
                await work.execute(text("DELETE FROM permit_history WHERE permit = :permit"), named)
                await work.execute(
                    text("UPDATE permit_approval SET version = 2 WHERE permit = :permit"), named
                )
                await work.execute(
                    text("UPDATE permit SET state = 'approved', version = 3 WHERE id = :permit"), named
                )
                await work.execute(
                    text(
                        "INSERT INTO permit_history (permit, version, before, event, after, by, reason, at_us)"
                        " VALUES (:permit, 3, 'requested', 'approve', 'approved', 'petra', '', 0)"
                    ),
                    named,
                )
        finally:
            await engine.dispose()
        filed = await self.approvals.filed(wish.id)
        assert filed is not None
        assert (filed.state, len(filed.approvals)) == (PermitState.APPROVED, 1)

    async def put_beside(self, wish: Permit, forged: Approval) -> None:
        """One more approval in the rows, the version raised with it."""
        engine = open_engine(f"sqlite+aiosqlite:///{self.layout.folder / 'penstock.db'}")
        row = {
            "permit": wish.id,
            "right_held": forged.right,
            "approver": forged.approver,
            "document": canonical(forged.document()),
        }
        try:
            async with engine.begin() as work:
                await work.execute(
                    text(
                        "INSERT INTO permit_approval (permit, version, right_held, approver, document, proof_key,"
                        " credential, sign_count, at_us) VALUES (:permit, 4, :right_held, :approver, :document,"
                        " 'made-up', '', 0, 0)"
                    ),
                    row,
                )
                await work.execute(text("UPDATE permit SET version = 4 WHERE id = :permit"), row)
        finally:
            await engine.dispose()
        filed = await self.approvals.filed(wish.id)
        assert filed is not None
        assert len(filed.approvals) == 2


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gate]:
    (tmp_path / "run").mkdir()
    layout = Layout(tmp_path)
    url = f"sqlite+aiosqlite:///{tmp_path / 'penstock.db'}"
    await migrate(url)
    engine = open_engine(url)
    clock, ledger, desk = (
        FrozenClock(plant.NOW),
        ListLedger(),
        Desk().enrol(PETRA, DENIZ).with_ssh(PETRA, DENIZ),
    )

    async def look() -> Seen:
        return seen(InterlockFile(layout.interlocks).read(), (), LastUse(clock.now(), {}))

    approvals = Approvals(engine, ledger, clock, _nobody, partial(bar, layout))
    admission = Admission(
        charter=plant.charter,
        trust=lambda: desk.trust,
        approvals=approvals,
        spent=desk.spent,
        look=look,
        ledger=ledger,
        clock=clock,
    )
    InterlockFile(layout.interlocks).change(
        [SetState(ZoneId(zone), OperatingState.RUNNING, "milo") for zone in plant.charter().zones]
    )
    yield Gate(layout, approvals, admission, desk)
    await engine.dispose()


@asynccontextmanager
async def watched(layout: Layout) -> AsyncGenerator[None]:
    task = asyncio.get_running_loop().create_task(Watchdog(layout, FrozenClock(), ListLedger()).run())
    while not layout.watchdog_socket.exists():
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def terms(*rights: DecisionRight) -> Terms:
    """What it takes: petra holds ``connect``, deniz the incident lead."""
    holders = {CONNECT: PETRA, LEAD: DENIZ}
    return Terms(
        required=frozenset(rights),
        holdings={
            right: Holding(right, "dmz-operations", holders[right], None, "rules", TimeWindow(FROM, UNTIL))
            for right in rights
        },
        proofs=frozenset(ProofKind),
        requester=ANA,
        stake=Stake(plant.permit().actions, plant.permit().states),
        sides=plant.charter().sides,
    )


BOTH = terms(CONNECT, LEAD)


async def _refuse(gate: Gate, wish: Permit) -> None:
    await gate.signed(wish, BOTH)
    await gate.approvals.refuse(wish.id, DENIZ, "start-up today", BOTH)


async def _narrow(gate: Gate, wish: Permit) -> None:
    await gate.signed(wish, BOTH)
    smaller = replace(
        wish,
        id=new_permit_id(),
        nonce=bytes(16),
        narrows=wish.id,
        requested_at=plant.NOW,
        window=TimeWindow(wish.window.start, wish.window.end - timedelta(hours=1)),
    )
    await gate.approvals.narrow(wish.id, smaller, DENIZ, BOTH)


async def _withdraw(gate: Gate, wish: Permit) -> None:
    await gate.signed(wish, terms(CONNECT))
    assert await gate.word(wish) == "allow"
    await gate.approvals.withdraw(wish.id, ANA)


async def _complete(gate: Gate, wish: Permit) -> None:
    await gate.signed(wish, terms(CONNECT))
    await gate.approvals.activate(wish.id)
    assert await gate.word(wish) == "allow"
    await gate.approvals.complete(wish.id, PETRA, "The work is done.")


ENDINGS = [
    pytest.param(_refuse, "permit_refused", id="refused after a first key"),
    pytest.param(_narrow, "permit_narrowed", id="narrowed after a first key"),
    pytest.param(_withdraw, "permit_withdrawn", id="withdrawn after its approval"),
    pytest.param(_complete, "permit_completed", id="completed"),
]


@pytest.mark.parametrize(("end", "code"), ENDINGS)
async def test_abuse_08_a_permit_that_a_person_ended_does_not_come_back_by_its_rows(
    gate: Gate, end: Callable[[Gate, Permit], Awaitable[None]], code: str
) -> None:
    wish = await gate.asked()
    async with watched(gate.layout):
        await end(gate, wish)
    assert await gate.word(wish) == code
    await gate.brought_back(wish)
    assert await gate.word(wish) == "permit_revoked"
    assert wish.id in json.loads(gate.layout.interlocks.read_text())["interlocks"]["revoked"]


@pytest.mark.parametrize(("end", "_code"), ENDINGS)
async def test_no_decision_ends_a_permit_unless_the_watchdog_keeps_it(
    gate: Gate, end: Callable[[Gate, Permit], Awaitable[None]], _code: str
) -> None:
    wish = await gate.asked()
    with pytest.raises(PenstockError, match="watchdog"):
        await end(gate, wish)
    filed = await gate.approvals.filed(wish.id)
    assert filed is not None
    assert filed.state in {PermitState.REQUESTED, PermitState.APPROVED, PermitState.ACTIVE}


async def test_a_wish_taken_back_before_anybody_signed_costs_the_watchdog_nothing(gate: Gate) -> None:
    wish = await gate.asked()
    await gate.approvals.withdraw(wish.id, ANA)  # there is no watchdog to be told
    assert await gate.word(wish) == "permit_withdrawn"
    with pytest.raises(EvidenceError):  # without a yes there is no story to edit it into
        await gate.brought_back(wish)


async def test_abuse_34_a_lapsed_permit_does_not_come_back_by_its_rows(gate: Gate) -> None:
    wish = await gate.asked()
    await gate.signed(wish, terms(CONNECT))
    clock = gate.admission._clock
    assert isinstance(clock, FrozenClock)
    clock.advance(wish.window.end - plant.NOW)
    assert await gate.approvals.lapse(clock.now()) == (wish.id,)
    await gate.brought_back(wish)
    assert await gate.word(wish) == "window_over"


async def test_abuse_34_an_ssh_signature_opens_only_while_the_trust_file_names_its_key(gate: Gate) -> None:
    """B01: what the database says of an approval is nothing; the trust file on disk decides, at every door."""
    wish = await gate.asked()
    approval = gate.desk.by_ssh(wish, PETRA, at=plant.NOW)
    await gate.approvals.approve(wish.id, approval, terms(CONNECT), gate.desk.trust, gate.desk.spent)
    assert await gate.word(wish) == "allow"
    whole = gate.desk.trust
    key = whole.signing_keys[PETRA][0]
    gate.desk.trust = whole.without_signing_key(PETRA, key.fingerprint())
    assert await gate.word(wish) == "approval_not_valid"
    gate.desk.trust = gate.desk.trust.with_signing_key(DENIZ, key)
    assert await gate.word(wish) == "approval_not_valid"
    gate.desk.trust = whole
    assert await gate.word(wish) == "allow"


async def test_abuse_08_a_yes_by_ssh_does_not_move_to_an_edited_permit(gate: Gate) -> None:
    wish = await gate.asked()
    wider = replace(wish, id=new_permit_id(), window=TimeWindow(wish.window.start, wish.window.end + LONGER))
    await gate.approvals.request(wider, "console")
    stolen = replace(gate.desk.by_ssh(wish, PETRA, at=plant.NOW), permit_digest=wider.digest())
    with pytest.raises(ProofError) as raised:
        await gate.approvals.approve(wider.id, stolen, terms(CONNECT), gate.desk.trust, gate.desk.spent)
    assert raised.value.code == "wrong_challenge"


@pytest.mark.parametrize(
    "forge",
    ["a proof that is none", "a true one under another right", "an SSH signature under another right"],
)
async def test_abuse_34_a_row_put_beside_a_true_approval_does_not_get_into_the_evidence(
    gate: Gate, forge: str
) -> None:
    wish = await gate.asked()
    await gate.signed(wish, terms(CONNECT))
    filed = await gate.approvals.filed(wish.id)
    assert filed is not None
    (true,) = filed.approvals
    if forge == "a proof that is none":
        forged = gate.desk.by_passkey(plant.permit(), DENIZ, at=plant.NOW)
        forged = replace(forged, permit_digest=wish.digest())
    elif forge == "a true one under another right":
        forged = replace(true, right=LEAD)
    else:
        forged = replace(gate.desk.by_ssh(wish, DENIZ, at=plant.NOW), right=LEAD)
    await gate.put_beside(wish, forged)
    passed = await gate.admission.through(plant.wanting(permit=wish.id))
    assert isinstance(passed.decision, Allow)
    assert passed.approvals == (digest_of(true),)
