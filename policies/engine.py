"""Combine the verdicts of all rules into one decision.

Refuse beats Require, Require beats Accept, and silence refuses. A rule that raises counts as
Refuse: the asset stays shut when we cannot tell whether it may open. Nothing opens without a
permit, whatever the rules say: an Allow names one, and when it ends.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from domain.access import AccessRequest, Allow, Decision, Deny, NeedsApproval, Reason
from domain.delegation import Stake
from domain.ids import PersonId, RuleId
from domain.permit import USABLE
from domain.rights import DecisionRight
from domain.said import say
from policies.exceptions import lifted
from policies.facts import Facts
from policies.glass import ends
from policies.matter import Matter
from policies.rights import deciders, seats_for
from policies.rule import Abstain, Accept, Refuse, Require, Rule, Verdict
from policies.rules import RANK
from policies.tenure import tenure

ENGINE = RuleId("engine/1")
"""Signs the reasons that no single rule gave."""

TELL = say("Tell the plant; this is a fault of the node, not of the request.")
SILENCE = Reason(
    ENGINE, "no_rule", say("No rule opens this."), say("The plant's charter must put rules in force.")
)
NO_PERMIT = Reason(
    ENGINE, "no_permit", say("There is no permit to go through on."), say("Ask for one in the lobby.")
)
ENDED = Reason(
    ENGINE,
    "window_over",
    say("The permit, the contract or the admission has ended."),
    say("Ask for a new permit."),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's verdict on one request."""

    rule: RuleId
    verdict: Verdict


def decide(request: AccessRequest, facts: Facts, rules: Sequence[Rule]) -> Decision:
    """What ``rules`` make of ``request``. The order of ``rules`` changes nothing. Never raises."""
    accepted: list[tuple[RuleId, Accept]] = []
    required: list[tuple[RuleId, Require]] = []
    refused: list[tuple[RuleId, Refuse]] = []
    said: dict[RuleId, Accept] = {}
    for rule in rules:
        try:
            verdict = rule.judge(request, facts)
            if type(verdict) is Refuse:
                verdict = _excepted(rule, verdict, request, facts)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, we can't tell whether to open
            refused.append((_name(rule), _failed(rule, error)))
            continue
        if type(verdict) is Accept:
            if said.get(rule.id) is not verdict:  # most rules accept with the same words every time
                said[rule.id] = verdict
                accepted.append((rule.id, verdict))
            continue
        match verdict:
            case Abstain():
                pass
            case Require() if verdict.rights:
                required.append((rule.id, verdict))
            case Refuse():
                refused.append((rule.id, verdict))
            case _:
                refused.append((_name(rule), _failed(rule, TypeError("that is no verdict"))))
    return Deny(_reasons(refused)) if refused else _unrefused(request, facts, accepted, required)


def findings(request: AccessRequest, facts: Facts, rules: Sequence[Rule]) -> tuple[Finding, ...]:
    """Every rule's verdict, in the order in which reasons are shown; a rule that raises refuses here too."""
    found = []
    for rule in rules:
        try:
            verdict = rule.judge(request, facts)
            if type(verdict) is Refuse:
                verdict = _excepted(rule, verdict, request, facts)
        except Exception as error:  # noqa: BLE001 - the same as in decide
            verdict = _failed(rule, error)
        found.append(Finding(_name(rule), verdict))
    return tuple(sorted(found, key=lambda one: (RANK.get(one.rule, len(RANK)), one.rule, repr(one.verdict))))


def _excepted(rule: Rule, refusal: Refuse, request: AccessRequest, facts: Facts) -> Verdict:
    """A rule's no, or what an exception in force makes of it."""
    return lifted(_name(rule), refusal, request, facts) or refusal


def _unrefused(
    request: AccessRequest,
    facts: Facts,
    accepted: Sequence[tuple[RuleId, Accept]],
    required: Sequence[tuple[RuleId, Require]],
) -> Decision:
    try:
        return _opening(request, facts, accepted, required)
    except Exception as error:  # noqa: BLE001 - as in decide
        return Deny(
            (
                Reason(
                    ENGINE, "rule_error", say("The decision failed: {name}.", name=type(error).__name__), TELL
                ),
            )
        )


def _opening(
    request: AccessRequest,
    facts: Facts,
    accepted: Sequence[tuple[RuleId, Accept]],
    required: Sequence[tuple[RuleId, Require]],
) -> Decision:
    matter = facts.matter(request)
    if required:
        tolerated = [each for each in accepted if each[1].exception]
        return _waiting(request, facts, matter, required, tolerated)
    if not accepted:
        return Deny((SILENCE,))
    standing = matter.standing
    if standing is None or standing.state not in USABLE or standing.permit.id in facts.revoked:
        return Deny((NO_PERMIT,))
    latest = _latest(matter, facts.now)
    window = standing.permit.window
    if latest is None or not window.contains(facts.now):
        return Deny((ENDED,))
    named = {verdict.exception for _, verdict in accepted}
    if matter.glass is not None:
        latest = min(latest, ends(facts.charter, matter.glass))
    latest = min([latest, *_excepted_until(facts, named)])
    until = min(window.end, latest)
    timers = facts.charter.timers_of(standing.permit.asset, standing.permit.conduit)
    return Allow(
        _reasons(accepted),
        standing.permit.id,
        until,
        latest,
        facts.charter.digest,
        # In an emergency somebody may have to act at once: what was opened by breaking the glass is never locked.
        lock_idle_after=timers.lock_idle_after if matter.glass is None else None,
        end_idle_after=timers.end_idle_after,
    )


def _excepted_until(facts: Facts, named: Collection[str]) -> Iterator[datetime]:
    """When each exception that the decision rests on ends."""
    for one in facts.charter.exceptions:
        if one.id in named and one.window.contains(facts.now):
            yield one.window.end


def _waiting(
    request: AccessRequest,
    facts: Facts,
    matter: Matter,
    required: Sequence[tuple[RuleId, Require]],
    tolerated: Sequence[tuple[RuleId, Accept]],
) -> Decision:
    rights = frozenset().union(*(verdict.rights for _, verdict in required))
    if matter.asset is None or matter.conduit is None:
        return Deny((_void(next(iter(sorted(rights)))),))
    able = {**_others(request, facts, matter, rights), **matter.deciders}
    for right in sorted(rights):
        if not able[right]:
            return Deny((_void(right),))
    waiting_for = dict.fromkeys(person for right in sorted(rights) for person in able[right])
    permit = matter.standing.permit.id if matter.standing else None
    return NeedsApproval((*_reasons(required), *_reasons(tolerated)), rights, tuple(waiting_for), permit)


def _others(
    request: AccessRequest, facts: Facts, matter: Matter, rights: frozenset[DecisionRight]
) -> dict[DecisionRight, tuple[PersonId, ...]]:
    """Who may decide under rights that a rule asks for beyond those that the way needs anyway."""
    more = rights - matter.deciders.keys()
    if not more or matter.asset is None or matter.conduit is None:
        return {}
    states = matter.standing.permit.states if matter.standing else matter.conduit.states
    seats = seats_for(
        facts.charter,
        more,
        asset=matter.asset.id,
        conduit=matter.conduit.id,
        stake=Stake(matter.actions, states),
        requester=request.person,
        at=facts.now,
    )
    return {right: deciders(seats, right) for right in more}


def _latest(matter: Matter, now: datetime) -> datetime | None:
    """When nothing may go on whatever the permit says, for contract, admission, training …; None if past."""
    if matter.person is None or matter.vendor is None or matter.asset is None:
        return None
    return tenure(matter.person, matter.vendor, matter.asset.id, now)


def _reasons(verdicts: Iterable[tuple[RuleId, Accept | Require | Refuse]]) -> tuple[Reason, ...]:
    """Each reason once, in the order of showing, whatever order the rules came in."""
    ranked = [_known(rule, one) if type(one) is Accept else _rank(rule, one) for rule, one in verdicts]
    ranked.sort(key=itemgetter(0))
    return tuple(reason for at, (rank, reason) in enumerate(ranked) if at == 0 or rank != ranked[at - 1][0])


Ranked = tuple[tuple[int, str, str, str, str], Reason]
"""Where a reason stands among others, and the reason."""


def _rank(rule: RuleId, one: Accept | Require | Refuse) -> Ranked:
    remedy = "" if isinstance(one, Accept) else one.remedy
    rank = (RANK.get(rule, len(RANK)), rule, one.code, one.sentence, remedy)
    exception = one.exception if isinstance(one, Accept) else ""
    return rank, Reason(rule, one.code, one.sentence, remedy, exception)


_ranked: dict[int, tuple[RuleId, Accept, Ranked]] = {}
"""Acceptances that were ranked before, by identity: they are few and the same for everybody, and to hash one
costs more than to rank it. A refusal may hold anybody's words, and is never here."""

MOST_RANKED = 256


def _known(rule: RuleId, one: Accept) -> Ranked:
    """The same as ``_rank``. An acceptance that is kept here lives, so that no other gets its identity."""
    before = _ranked.get(id(one))
    if before is not None and before[1] is one and before[0] == rule:
        return before[2]
    found = _rank(rule, one)
    if len(_ranked) >= MOST_RANKED:
        _ranked.clear()
    _ranked[id(one)] = rule, one, found
    return found


def _void(right: DecisionRight) -> Reason:
    return Reason(
        ENGINE,
        "no_holder",
        say("Nobody who could decide this holds the right '{right}' now.", right=right),
        say("The plant must name a holder or a deputy in its charter."),
    )


def _failed(rule: Rule, error: Exception) -> Refuse:
    # The exception's text may hold anything, so only its kind goes into the sentence.
    return Refuse(
        "rule_error",
        say("The rule {rule} failed: {name}.", rule=_name(rule), name=type(error).__name__),
        TELL,
    )


def _name(rule: Rule) -> RuleId:
    name: object = getattr(rule, "id", None)
    return RuleId(name) if isinstance(name, str) else RuleId(type(rule).__name__)
