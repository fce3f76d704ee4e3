"""What it takes to decide on a permit, by the charter and the facts of now."""

from dataclasses import dataclass, replace
from datetime import datetime

from approvals.quorum import Terms, may_approve
from approvals.shown import Names
from domain.access import AccessRequest, Decision, NeedsApproval
from domain.ids import PersonId
from domain.permit import Permit
from domain.proof import Approval
from domain.rights import DecisionRight
from policies.charter.charter import Charter
from policies.engine import decide
from policies.facts import Facts


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules say of a permit today, as if it were asked for anew; ``terms`` when it may be decided."""

    decision: Decision
    terms: Terms


def judge(permit: Permit, facts: Facts) -> Judged:
    """Ask the one decision function about ``permit``, leaving out every permit that exists."""
    request = AccessRequest(
        person=permit.person,
        asset=permit.asset,
        passage=tuple(sorted(permit.grants)),
        actions=permit.actions,
        source="local",
        window=permit.window,
        conduit=permit.conduit,
    )
    bare = replace(facts, standings=())
    decision = decide(request, bare, facts.charter.rules)
    required = decision.rights if isinstance(decision, NeedsApproval) else frozenset[DecisionRight]()
    return Judged(decision, _terms(permit, facts.charter, required, facts.now))


def _terms(permit: Permit, charter: Charter, required: frozenset[DecisionRight], at: datetime) -> Terms:
    conduit = charter.conduits.get(permit.conduit)
    return Terms(
        required=required,
        holdings={right: charter.holder(right, permit.asset, permit.conduit, at) for right in required},
        proofs=conduit.proofs if conduit else frozenset(),
        requester=permit.person,
        outsiders=frozenset(one.id for one in charter.people.values() if one.vendor is not None),
        # Where two rights are needed, two people are: the point of a second key is a second head.
        persons=2 if len(required) > 1 else 1,
    )


def open_rights(
    terms: Terms, approvals: tuple[Approval, ...], person: PersonId, at: datetime
) -> tuple[DecisionRight, ...]:
    """The rights that ``person`` may exercise over the permit now, and that nobody exercised yet."""
    given = {one.right for one in approvals}
    if any(one.approver == person for one in approvals) and terms.persons > 1:
        return ()
    return tuple(right for right in sorted(terms.required - given) if may_approve(terms, right, person, at))


def waiting_for(terms: Terms, approvals: tuple[Approval, ...], at: datetime) -> tuple[PersonId, ...]:
    """The holders who have not decided yet, each once. A deputy is not named while there is a holder."""
    given = {one.right for one in approvals}
    holders = (terms.holdings.get(right) for right in sorted(terms.required - given))
    return tuple(dict.fromkeys(one.holder for one in holders if one is not None and one.window.contains(at)))


@dataclass(frozen=True, slots=True)
class Decider:
    """Who may say yes under one right that a permit needs. ``given``: somebody has."""

    right: DecisionRight
    holder: PersonId
    deputy: PersonId | None
    given: bool


def deciders(terms: Terms, approvals: tuple[Approval, ...], at: datetime) -> tuple[Decider, ...]:
    """One for each right that is needed and held at ``at``, deputies included: who else could decide."""
    given = {one.right for one in approvals}
    return tuple(
        Decider(right, one.holder, one.deputy, right in given)
        for right in sorted(terms.required)
        if (one := terms.holdings.get(right)) is not None and one.window.contains(at)
    )


def names_of(permit: Permit, charter: Charter) -> Names:
    """What the charter calls the things in ``permit``; its ids where it no longer knows them."""
    asset = charter.assets.get(permit.asset)
    zone = charter.zones.get(asset.zone) if asset else None
    site = charter.site_of(permit.asset)
    conduit = charter.conduits.get(permit.conduit)
    person = charter.people.get(permit.person)
    vendor = charter.vendors.get(permit.vendor)
    return Names(
        site=site.name if site else "a site that the charter no longer knows",
        person=person.name if person else permit.person,
        vendor=vendor.name if vendor else permit.vendor,
        asset=asset.name if asset else permit.asset,
        zone=zone.name if zone else "a zone that the charter no longer knows",
        conduit=conduit.name if conduit else permit.conduit,
        time_zone=charter.place_of(permit.asset).time_zone,
        consequence=asset.consequence if asset else "",
        safety=zone.safety if zone else False,
    )
