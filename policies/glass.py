"""Break-glass at work: which seats a broken permit needs, and whether its use still counts.

The watchdog keeps the uses; what one opens is judged here, against the charter in force, like all else.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.access import Action
from domain.break_glass import Glass, GlassRule, barring, glass_holding
from domain.delegation import Stake
from domain.ids import PersonId
from domain.permit import Permit
from domain.rights import DecisionRight, Holding
from domain.said import say
from domain.voices import Seat, seats, voices
from policies.charter.charter import Charter
from policies.rights import required_rights, seats_for

Spent = Callable[[PersonId, int, str], bool]
"""Whether this time-step of this person was spent on exactly this purpose."""

ASK = say("Ask for a new permit, and the holder for a yes.")


@dataclass(frozen=True, slots=True)
class NoGlass:
    """Why a use opens nothing: a stable code, a sentence and a remedy."""

    code: str
    sentence: str
    remedy: str


def lead_of(charter: Charter, permit: Permit, at: datetime) -> Holding | None:
    """Who may break the glass for ``permit`` at ``at``: who leads incidents there, and the shift."""
    lead = charter.holder(DecisionRight.INCIDENT_LEAD, permit.asset, permit.conduit, at)
    return glass_holding(
        lead, (one.id for one in charter.people.values() if one.shift and one.vendor is None)
    )


def glass_seats(charter: Charter, permit: Permit, at: datetime) -> tuple[Seat, ...]:
    """Every yes that ``permit`` needs once its glass is broken: the key ``connect`` is replaced, no other."""
    stake = Stake(permit.actions, permit.states)
    holding = lead_of(charter, permit, at)
    able = voices(
        holding,
        stake,
        at,
        requester=permit.person,
        sides=charter.sides,
        delegations=charter.delegated(DecisionRight.INCIDENT_LEAD),
    )
    needed = required_rights(charter, permit.asset, permit.conduit, permit.grants)
    rest = needed - {DecisionRight.CONNECT, DecisionRight.INCIDENT_LEAD}
    return (
        *seats(holding, DecisionRight.INCIDENT_LEAD, able, charter.glass.persons),
        *seats_for(
            charter,
            rest,
            asset=permit.asset,
            conduit=permit.conduit,
            stake=stake,
            requester=permit.person,
            at=at,
        ),
    )


def boundary_of(charter: Charter, permit: Permit, at: datetime) -> str | None:
    """The boundary over which the right that is skipped is held; None in a void, which nobody can skip."""
    holding = charter.holder(DecisionRight.CONNECT, permit.asset, permit.conduit, at)
    return None if holding is None else holding.boundary


def skipped(charter: Charter, permit: Permit, at: datetime) -> tuple[PersonId, ...]:
    """Everybody who could have decided and is passed over, each once."""
    able = seats_for(
        charter,
        [DecisionRight.CONNECT],
        asset=permit.asset,
        conduit=permit.conduit,
        stake=Stake(permit.actions, permit.states),
        requester=permit.person,
        at=at,
    )
    return tuple(dict.fromkeys(one.person for seat in able for one in seat.voices))


def ends(charter: Charter, glass: Glass) -> datetime:
    """When what it opened is over, whatever the use itself says."""
    return min(glass.until, glass.at + charter.glass.longest)


def refusal(
    charter: Charter, glasses: Sequence[Glass], glass: Glass, permit: Permit, now: datetime
) -> NoGlass | None:
    """Why a use opens nothing now, or may not be made; None when it counts."""
    if glass.at > now or now >= ends(charter, glass):
        return NoGlass("break_glass_over", "What was opened by break-glass is over.", ASK)
    if glass.boundary != boundary_of(charter, permit, now):
        return NoGlass(
            "break_glass_elsewhere", "The glass was broken over another boundary than the permit's.", ASK
        )
    terms = charter.glass
    if terms.rule is GlassRule.HOLDER_ABSENT and glass.at < permit.requested_at + terms.absent_after:
        minutes = terms.absent_after.total_seconds() / 60
        return NoGlass(
            "break_glass_too_soon",
            f"The holder has {minutes:g} minutes before somebody else may decide.",
            "Call the holder, or wait that long.",
        )
    before = barring(glasses, glass)
    if before is not None:
        late = ", and the review is overdue" if before.overdue(now) else ""
        return NoGlass(
            "break_glass_unreviewed",
            f"The glass over {glass.boundary} was broken before, by {' and '.join(before.by)}, and nobody has "
            f"reviewed that{late}.",
            "Have somebody review it who had no part in it: penstock break-glass review.",
        )
    if writes(permit) and _safety(charter, permit):
        return NoGlass(
            "break_glass_safety",
            "Break-glass opens no safety zone for more than looking.",
            "Work on site, with the plant's safety engineer.",
        )
    return None


def writes(permit: Permit) -> bool:
    """Whether the permit states more than looking."""
    return bool(permit.actions - {Action.VIEW})


def may_review(charter: Charter, permit: Permit, glass: Glass, person: PersonId, at: datetime) -> bool:
    """Whether ``person`` may review it: one of those who were skipped, or an auditor; never who had a part in it."""
    found = charter.people.get(person)
    if found is None or found.vendor is not None or person in {*glass.by, permit.person}:
        return False
    return found.auditor or person in skipped(charter, permit, at)


def proven(
    glasses: Iterable[Glass],
    spent: Spent,
    charter: Charter,
    signed: Callable[[Glass], bool] = lambda _glass: False,
) -> tuple[Glass, ...]:
    """The uses with only those reviews that count: by a person of the plant who signed exactly that, or spent a code on it.

    The console files reviews; the gate believes none whose signature it can't check (``signed``), and none by a
    code that its own register does not know.
    """
    return tuple(
        one if _counts(one, spent, charter, signed) else replace(one, review=None) for one in glasses
    )


def purpose_of_review(permit: str) -> str:
    """What the reviewer's one-time code is spent on."""
    return f"review:{permit}"


def _counts(glass: Glass, spent: Spent, charter: Charter, signed: Callable[[Glass], bool]) -> bool:
    review = glass.review
    if review is None:
        return True
    person = charter.people.get(review.by)
    if person is None or person.vendor is not None or review.by in glass.by:
        return False
    if review.signed is not None:
        return signed(glass)
    return spent(review.by, review.step, purpose_of_review(glass.permit))


def _safety(charter: Charter, permit: Permit) -> bool:
    asset, conduit = charter.assets.get(permit.asset), charter.conduits.get(permit.conduit)
    if asset is None or conduit is None:
        return True
    touched = (asset.zone, conduit.source, conduit.destination)
    return any(charter.zones[zone].safety for zone in touched)
