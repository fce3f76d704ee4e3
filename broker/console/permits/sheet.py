"""One permit, ready to be shown: everything a row or a sheet prints, gathered once."""

from dataclasses import dataclass
from datetime import datetime

from approvals.arbitration import may_end, settling
from approvals.deadlines import deadline
from approvals.service import Filed
from approvals.shown import Names, shown
from broker.console import words
from broker.console.desk import Desk
from broker.console.guard import Visitor
from broker.console.lookalikes import Lookalike, lookalikes
from broker.console.permits.break_glass import may_break
from broker.console.permits.crossing import Crossing, crossing
from broker.console.permits.difference import differences, last_approved
from broker.console.permits.ladder import Called, called, matter_of
from broker.console.permits.past import Past, past
from broker.console.permits.terms import (
    Decider,
    Judged,
    deciders,
    each_needed,
    judge,
    names_of,
    open_rights,
    waiting_for,
)
from broker.console.refusals import not_found
from broker.console.roles import Role, holds_over, sees_permit
from domain.access import Deny
from domain.errors import EvidenceError
from domain.ids import PermitId, PersonId, is_token
from domain.permit import USABLE, WAITING, Permit, PermitState
from domain.plant import OperatingState
from domain.proof import ProofKind, counts
from domain.rights import DecisionRight
from policies.charter.charter import Charter
from policies.facts import Facts

GATE = {
    PermitState.REQUESTED: 1,
    PermitState.DISPUTED: 2,
    PermitState.APPROVED: 3,
    PermitState.ACTIVE: 4,
}
"""How far the gate beside a permit is drawn open, 0 to 4. Half-approved counts 2."""


TYPED_FROM_SL_T = 3

MOST_EARLIER = 20
"""Among how many of a person's newest approved permits for an asset the one before is looked for."""

LOOKED_BACK = 50
"""How many of a vendor's permits for one asset are looked at for what there was before."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A permit with what the charter says about it now, for one visitor."""

    filed: Filed
    names: Names
    judged: Judged
    line: str
    lapses: datetime | None
    """When it ends by itself undecided, or unused; None once it was used, or is over."""
    gate: int
    operating_state: OperatingState | None
    settles: bool
    """Whether this visitor is the arbiter of the dispute that it is in."""
    may_end: bool
    """Whether a no of this visitor would end that dispute."""
    glass: bool
    """Whether this visitor may say yes past the holder: break-glass."""
    rights: tuple[DecisionRight, ...]
    """The rights that this visitor may exercise over it now."""
    waiting_for: tuple[PersonId, ...]
    ladder: tuple[Called, ...]
    """Who has been called while it waits, and who is next."""
    deciders: tuple[Decider, ...]
    """Everybody who may decide, while it waits; empty once it is decided."""
    passkey: bool
    """Whether this visitor has a passkey that the plant enrolled."""
    code_accepted: bool
    ssh_accepted: bool
    """Whether an SSH signature of this visitor's would count."""
    may_revoke: bool
    own: bool
    typed: str
    """What an approver must type before approving in a zone of SL-T 3 or more; empty elsewhere."""
    changes: tuple[str, ...] | None
    """How it differs from the person's last approved permit for this asset; None where there is none, and in a list."""

    @property
    def mine(self) -> bool:
        """Whether it waits for this visitor."""
        return bool(self.rights) or self.settles

    @property
    def waits_for_state(self) -> bool:
        """Whether it was approved and opens nothing now, because its zone is in a state that it does not name."""
        approved = self.filed.state in USABLE
        return approved and self.operating_state not in self.filed.permit.states

    @property
    def permit(self) -> Permit:
        """The permit itself."""
        return self.filed.permit

    @property
    def lookalikes(self) -> tuple[Lookalike, ...]:
        """The words of its free text that are written with other letters than they seem to be."""
        return lookalikes(f"{self.permit.purpose} {self.permit.work_order}")

    @property
    def shown(self) -> str:
        """The text that an approver is shown; a row has no use for it."""
        return shown(self.permit, self.names)

    @property
    def refused(self) -> Deny | None:
        """The rules' no of today, if they say no."""
        decision = self.judged.decision
        return decision if isinstance(decision, Deny) else None


async def sheet(
    desk: Desk, visitor: Visitor, filed: Filed, facts: Facts | None = None, *, alone: bool = False
) -> Sheet:
    """Gather what a page shows of ``filed``. A page of many gives ``facts``, looked up once, and nothing more is asked."""
    permit, person, alone = filed.permit, visitor.person, alone or facts is None
    facts = facts or await desk.parts.admission.facts_now()
    charter, now = facts.charter, facts.now
    judged = judge(permit, facts)
    names = names_of(permit, charter)
    ends = _ends(filed, charter)
    waiting = waiting_for(judged.terms, filed.approvals, now) if _waits(filed, now) else ()
    if (open_dispute := filed.dispute) is not None:
        waiting = (open_dispute.arbiter,)
    rights: tuple[DecisionRight, ...] = ()
    confirms = Role.SHIFT in visitor.roles and judged.terms.beforehand is not None
    if (Role.HOLDER in visitor.roles or confirms) and _waits(filed, now):
        rights = open_rights(judged.terms, filed.approvals, person.id, now)
    asset = charter.assets.get(permit.asset)
    return Sheet(
        filed=filed,
        names=names,
        judged=judged,
        line=words.standing(
            permit,
            filed.state,
            waiting,
            charter.people,
            now,
            names.time_zone,
            ends,
            each=each_needed(judged.terms, filed.approvals, now),
            you=person.id if rights else None,
        ),
        lapses=ends if _lapses(filed) else None,
        gate=2 if filed.state is PermitState.REQUESTED and filed.approvals else GATE.get(filed.state, 0),
        operating_state=facts.states.get(asset.zone) if asset else None,
        settles=open_dispute is not None and bool(settling(judged.terms, open_dispute, person.id, now)),
        may_end=open_dispute is not None and bool(may_end(judged.terms, open_dispute, person.id, now)),
        glass=not rights and _waits(filed, now) and may_break(judged, filed, visitor, facts),
        rights=rights,
        waiting_for=waiting,
        ladder=called(matter_of(filed, judged.terms, charter, now), charter, now),
        deciders=deciders(judged.terms, filed.approvals, now) if _waits(filed, now) else (),
        passkey=bool(desk.parts.trust().passkeys.get(person.id)),
        code_accepted=ProofKind.TOTP in judged.terms.proofs,
        ssh_accepted=counts(ProofKind.SSHSIG_SK, judged.terms.proofs)
        and bool(desk.parts.trust().signing_keys.get(person.id)),
        may_revoke=_may_revoke(visitor, filed, now, desk),
        own=permit.person == person.id,
        typed=typed_for(permit, charter),
        changes=await _changes(desk, permit) if rights and alone else None,
    )


def typed_for(permit: Permit, charter: Charter) -> str:
    """The asset's id where a slip of the thumb must not approve: SL-T 3 and above; else nothing."""
    asset = charter.assets.get(permit.asset)
    return permit.asset if asset is None or charter.zones[asset.zone].sl_t.highest >= TYPED_FROM_SL_T else ""


async def _changes(desk: Desk, permit: Permit) -> tuple[str, ...] | None:
    try:
        approved = await desk.parts.approvals.approved_for(permit.person, permit.asset, most=MOST_EARLIER)
    except EvidenceError:  # as ``background`` says on the same sheet
        return None
    earlier = last_approved(permit, approved)
    return None if earlier is None else differences(earlier, permit)


@dataclass(frozen=True, slots=True)
class Background:
    """What only the sheet of one permit shows; a page of many has no use for it."""

    past: Past | None
    """None when a record of the time before does not hold together: then nothing is told of it."""
    crossing: Crossing | None


async def background(desk: Desk, permit: Permit, facts: Facts) -> Background:
    """What lies behind ``permit``: what was before, and where it leads."""
    leads = crossing(permit, facts.charter, facts.states)
    try:
        earlier = await desk.parts.approvals.filed_by(permit.vendor, permit.asset, most=LOOKED_BACK)
    except (
        EvidenceError
    ):  # somebody edited another permit: it opens nothing, and keeps nobody from deciding this one
        return Background(None, leads)
    return Background(past(permit, earlier), leads)


async def filed_for(desk: Desk, visitor: Visitor, permit: str) -> Filed:
    """The permit of this id, if it is the visitor's business; 404 without a difference if not."""
    filed = await desk.parts.approvals.filed(PermitId(permit)) if is_token(permit) else None
    if filed is None or not sees_permit(
        desk.parts.charter(), visitor.person, visitor.roles, filed.permit, desk.parts.clock.now()
    ):
        raise not_found()
    return filed


def _waits(filed: Filed, now: datetime) -> bool:
    return filed.state is PermitState.REQUESTED and now < filed.permit.window.end


def _ends(filed: Filed, charter: Charter) -> datetime:
    """When time ends it, or did."""
    if filed.state is PermitState.LAPSED:
        return filed.history[-1].at
    last = deadline(filed, charter.timers_of(filed.permit.asset, filed.permit.conduit))
    return filed.permit.window.end if last is None else last.at


def _lapses(filed: Filed) -> bool:
    return filed.state in WAITING | {PermitState.APPROVED}


def _may_revoke(visitor: Visitor, filed: Filed, now: datetime, desk: Desk) -> bool:
    if filed.state not in USABLE or now >= filed.permit.window.end:
        return False
    permit = filed.permit
    return Role.HOLDER in visitor.roles and holds_over(
        desk.parts.charter(), visitor.person.id, permit.asset, permit.conduit, now
    )
