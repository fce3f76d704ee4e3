"""A permit opens exactly what it says, while its approvals still count and the charter still agrees."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.permit import USABLE, WAITING, Permit, PermitState
from domain.plant import Asset, Conduit
from domain.proof import counts
from domain.rights import DecisionRight
from domain.said import say
from domain.voices import in_turn, unfilled
from policies.facts import Facts
from policies.matter import Matter, covers
from policies.rule import Abstain, Accept, Refuse, Require, Verdict
from policies.standing import Standing

VALID = Accept("The permit says exactly this, and its approvals verify.")
ASK = say("Ask for a new permit in the lobby: ssh you@gate.")

CLOSED = {
    PermitState.REFUSED: Refuse("permit_refused", say("This permit was refused."), ASK),
    PermitState.WITHDRAWN: Refuse("permit_withdrawn", say("This permit was withdrawn."), ASK),
    PermitState.NARROWED: Refuse(
        "permit_narrowed", say("This permit was replaced by a narrower one."), say("Use that one.")
    ),
    PermitState.REVOKED: Refuse("permit_revoked", say("This permit was revoked."), ASK),
    PermitState.LAPSED: Refuse(
        "grant_lapsed", say("This permit lapsed: it was not decided, or not used, in time."), ASK
    ),
    PermitState.COMPLETED: Refuse("permit_completed", say("The work under this permit was completed."), ASK),
}


@dataclass(frozen=True, slots=True)
class PermitValid:
    """The last word at the door. Says nothing while a permit is only being asked for."""

    id: ClassVar[RuleId] = RuleId("permit-valid/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:  # noqa: PLR0911 - one return per answer
        """This rule's word on ``request``."""
        if request.window is not None:
            return Abstain()
        matter = facts.matter(request)
        if matter.asset is None or matter.vendor is None:
            return Abstain()
        if matter.standing is None:
            return _none(request)
        permit, state = matter.standing.permit, matter.standing.state
        if state in CLOSED:
            return CLOSED[state]
        if permit.id in facts.revoked:  # and so is every permit that a person ended, whatever its row says
            return CLOSED[PermitState.REVOKED]
        if _lapsed(matter.standing, facts):  # whether or not its row says so yet
            return CLOSED[PermitState.LAPSED]
        refusal = _mismatch(request, facts, matter, permit, matter.asset)
        if refusal is not None or matter.conduit is None:
            return refusal or _beyond(permit, facts)
        missing = _missing(matter, matter.standing, matter.conduit)
        if state in USABLE and not missing:
            return VALID
        if state in WAITING:
            return _waits(matter, matter.standing, missing)
        return Refuse(
            "approval_not_valid",
            say(
                "The approvals of this permit do not verify, or are not by those who may decide now: {missing}.",
                missing=", ".join(sorted(missing)),
            ),
            say("Ask for a new permit; the plant finds the cause in its ledger."),
        )


def _waits(matter: Matter, standing: Standing, missing: frozenset[DecisionRight]) -> Require:
    if standing.disputed is not None:
        disputed = frozenset({standing.disputed})
        return Require(disputed, say("The permit is in dispute, and waits for its arbiter."), "in_dispute")
    # Even a request whose approvals are complete waits here: its state is moved by approvals
    # alone, after the ledger has kept the decision.
    rights = missing or frozenset(matter.deciders)
    return Require(rights, say("The permit waits for approval."), "waiting_for_approval")


def _lapsed(standing: Standing, facts: Facts) -> bool:
    """Whether it was not decided, or not used, within what the charter in force gives it."""
    permit = standing.permit
    timers = facts.charter.timers_of(permit.asset, permit.conduit)
    match standing.state:
        case PermitState.REQUESTED:
            return facts.now >= timers.decide_by(permit)
        case PermitState.APPROVED:
            approved = max((one.at for one in standing.approvals), default=permit.requested_at)
            return facts.now >= timers.use_by(permit, approved)
        case _:
            return False


def _none(request: AccessRequest) -> Refuse:
    if request.permit is not None:
        return Refuse("no_permit", say("There is no permit of that id for you and this asset."), ASK)
    return Refuse(
        "no_permit", say("You have no permit for this asset."), say("Ask for one in the lobby: ssh you@gate.")
    )


def _mismatch(
    request: AccessRequest, facts: Facts, matter: Matter, permit: Permit, asset: Asset
) -> Refuse | None:
    """Where the permit says less than what is wanted, or more than the charter in force allows."""
    for wanted in request.passage:
        if not covers(permit.grants, wanted, asset, through=True):
            allowed = ", ".join(str(one) for one in sorted(permit.grants))
            return Refuse(
                "passage_not_in_permit",
                say("The permit does not name {wanted}.", wanted=wanted),
                say("It names: {allowed}.", allowed=allowed),
            )
    if not request.actions <= permit.actions:
        beyond = ", ".join(sorted(request.actions - permit.actions))
        return Refuse(
            "action_not_in_permit", say("The permit does not name the action: {beyond}.", beyond=beyond), ASK
        )
    site = facts.charter.site_of(asset.id)
    if matter.vendor is None or permit.vendor != matter.vendor.id or site is None or permit.site != site.id:
        return Refuse("permit_not_yours", say("The permit is for another vendor or another site."), ASK)
    if matter.conduit is None or not _within(permit, matter.conduit, asset):
        return _beyond(permit, facts)
    return None


def _beyond(permit: Permit, facts: Facts) -> Refuse:
    # The charter in force is asked whether or not its digest is the permit's: the digest says whom to
    # blame, not what to open.
    if permit.charter_digest != facts.charter.digest:
        return Refuse(
            "charter_changed",
            say("The charter has changed since, and no longer allows what this permit says."),
            ASK,
        )
    return Refuse("permit_beyond_conduit", say("This permit says more than its conduit allows."), ASK)


def _within(permit: Permit, conduit: Conduit, asset: Asset) -> bool:
    return (
        all(covers(conduit.grants, one, asset) for one in permit.grants)
        and permit.actions <= conduit.actions
        and permit.states <= conduit.states
        and permit.window.length <= conduit.longest_window
    )


def _missing(matter: Matter, standing: Standing, conduit: Conduit) -> frozenset[DecisionRight]:
    """The required rights under which too few who may decide now have approved with an accepted proof."""
    counted = [one for one in standing.approvals if counts(one.kind, conduit.proofs)]
    given = [(one.right, one.approver) for one in sorted(counted, key=lambda one: one.at)]
    before = matter.template.signed if matter.template else ()
    return frozenset(unfilled(matter.seats, in_turn(matter.seats, conduit.in_order, given, before)))
