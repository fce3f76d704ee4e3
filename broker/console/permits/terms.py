"""What it takes to decide on a permit, by the charter and the facts of now."""

from dataclasses import dataclass, replace
from datetime import datetime

from approvals.quorum import Beforehand, Terms, at_turn, may_approve, missing, too_early
from approvals.shown import Names
from domain.access import Decision, NeedsApproval
from domain.delegation import Stake
from domain.ids import PersonId
from domain.permit import Permit
from domain.proof import Approval
from domain.rights import DecisionRight
from policies.asked import asked_again
from policies.charter.charter import Charter
from policies.engine import decide
from policies.facts import Facts
from policies.glass import lead_of
from policies.rights import least_of
from policies.template import inside, needed
from policies.unrecorded import said, unrecorded


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules say of a permit today, as if it were asked for anew; ``terms`` when it may be decided."""

    decision: Decision
    terms: Terms


def judge(permit: Permit, facts: Facts) -> Judged:
    """Ask the one decision function about ``permit``, leaving out every permit that exists."""
    request = asked_again(permit)
    bare = replace(facts, standings=())
    decision = decide(request, bare, facts.charter.rules)
    required = decision.rights if isinstance(decision, NeedsApproval) else frozenset[DecisionRight]()
    return Judged(decision, _confirming(permit, facts, _terms(permit, facts.charter, required, facts.now)))


def _confirming(permit: Permit, facts: Facts, terms: Terms) -> Terms:
    """The confirmation alone, where the permit lies inside a standing template that counts now; else the full path."""
    if not permit.template or not terms.required:
        return terms
    found = inside(facts.charter, permit, facts.revoked, facts.now, needed(facts.charter, permit, facts.now))
    if found is None:
        return terms
    template = found.template
    return replace(
        terms,
        required=frozenset({template.confirm}),
        holdings={template.confirm: replace(found.holding, quorum=1)},
        least={},
        beforehand=Beforehand(
            permit.template, frozenset(person for _, person in found.signed), template.uses, template.period
        ),
    )


def _terms(permit: Permit, charter: Charter, required: frozenset[DecisionRight], at: datetime) -> Terms:
    conduit = charter.conduits.get(permit.conduit)
    stake = Stake(permit.actions, permit.states)
    return Terms(
        required=required,
        holdings={right: charter.holder(right, permit.asset, permit.conduit, at) for right in required},
        proofs=conduit.proofs if conduit else frozenset(),
        requester=permit.person,
        stake=stake,
        least={right: least_of(charter, right, permit.asset, stake) for right in required},
        in_order=conduit.in_order if conduit else (),
        sides=charter.sides,
        delegations=charter.delegations,
        outsiders=frozenset(one.id for one in charter.people.values() if one.vendor is not None),
    )


def glass_terms(permit: Permit, facts: Facts, judged: Judged) -> Terms:
    """The terms with the key ``connect`` replaced by those who may break the glass; no other key is."""
    lead = DecisionRight.INCIDENT_LEAD
    terms = _terms(permit, facts.charter, judged.terms.required - {DecisionRight.CONNECT} | {lead}, facts.now)
    return replace(
        terms,
        holdings={**terms.holdings, lead: lead_of(facts.charter, permit, facts.now)},
        least={**terms.least, lead: facts.charter.glass.persons},
    )


def open_rights(
    terms: Terms, approvals: tuple[Approval, ...], person: PersonId, at: datetime
) -> tuple[DecisionRight, ...]:
    """The rights under which a yes of ``person`` would bring the permit nearer to its approval now."""
    given = _given(approvals)
    short = missing(terms, given, at)
    return tuple(
        right
        for right in sorted(set(short))
        if may_approve(terms, right, person, at)
        and too_early(terms, right, given, at) is None
        and len(missing(terms, (*given, (right, person)), at)) < len(short)
    )


def waiting_for(terms: Terms, approvals: tuple[Approval, ...], at: datetime) -> tuple[PersonId, ...]:
    """The holders who have not decided yet, each once. A deputy is not named while there is a holder."""
    given = _given(approvals)
    found: dict[PersonId, None] = {}
    for right in sorted(at_turn(terms, given, at)):
        one = terms.holdings.get(right)
        if one is not None and one.window.contains(at):
            found |= dict.fromkeys(person for person in one.holders if (right, person) not in given)
    return tuple(found)


def each_needed(terms: Terms, approvals: tuple[Approval, ...], at: datetime) -> bool:
    """Whether it waits for every one of ``waiting_for``: as many yeses are missing as there are holders left."""
    return len(missing(terms, _given(approvals), at)) == len(waiting_for(terms, approvals, at))


@dataclass(frozen=True, slots=True)
class Decider:
    """Who may say yes under one right that a permit needs. ``given``: enough of them have."""

    right: DecisionRight
    holders: tuple[PersonId, ...]
    deputy: PersonId | None
    quorum: int
    given: bool
    step: int = 0
    """Its place where they decide one after another, from 1 on; 0 where it decides at any time."""


def deciders(terms: Terms, approvals: tuple[Approval, ...], at: datetime) -> tuple[Decider, ...]:
    """One for each right that is needed and held at ``at``, deputies included: who else could decide."""
    short = missing(terms, _given(approvals), at)
    ordered = [one for one in terms.in_order if one in terms.required]
    steps = {one: number for number, one in enumerate(ordered, 1)} if len(ordered) > 1 else {}
    return tuple(
        Decider(
            right,
            one.holders,
            one.deputy,
            max(one.quorum, terms.least.get(right, 1)),
            right not in short,
            steps.get(right, 0),
        )
        for right in sorted(terms.required, key=lambda one: (steps.get(one, 0), one))
        if (one := terms.holdings.get(right)) is not None and one.window.contains(at)
    )


def _given(approvals: tuple[Approval, ...]) -> tuple[tuple[DecisionRight, PersonId], ...]:
    return tuple((one.right, one.approver) for one in approvals)


def names_of(permit: Permit, charter: Charter) -> Names:
    """What the charter calls the things in ``permit``; its ids where it no longer knows them."""
    asset = charter.assets.get(permit.asset)
    zone = charter.zones.get(asset.zone) if asset else None
    site = charter.site_of(permit.asset)
    conduit = charter.conduits.get(permit.conduit)
    record = charter.safety_record(conduit) if conduit else None
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
        protect=asset.protect if asset else "",
        keep_available=asset.keep_available if asset else "",
        bears=asset.bears if asset else {},
        safety_function=record.function if record else "",
        safety_harm=record.harm if record else "",
        key_switch=record.key_switch if record else "",
        safety=zone.safety if zone else False,
        not_recordable=said(unrecorded(charter, permit.conduit, permit.asset, permit.grants)),
    )
