"""Gather the facts, ask the one decision function, say what it said. Its only caller, for every door.

What is believed, and from where: the charter and the trust file from the plant's disk; isolation,
operating states and revocations from the watchdog; permits from the database, but only with
proofs that verify here and now against the trust file. A row that does not verify is nothing.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, TypedDict

import structlog

from approvals.arbitration import verify_filed
from approvals.lifecycle import TRANSITIONS
from approvals.register import LONGEST_LIST
from approvals.reviewing import holds
from approvals.service import Approvals, Filed
from approvals.trust import Trust
from domain.access import (
    FILES,
    AccessRequest,
    ConnectionMethod,
    Decision,
    Deny,
    NeedsApproval,
    PassageKind,
    Reason,
    RequestField,
    Stated,
    exceptions_of,
)
from domain.break_glass import Glass
from domain.canonical import canonical
from domain.clock import Clock
from domain.errors import DecisionError, EvidenceError, PenstockError, ProofError
from domain.events import RequestRefused
from domain.ids import AssetId, ConduitId, PermitId, PersonId, RuleId, ToolId, ZoneId
from domain.ledger import Ledger
from domain.limits import limit_texts, limits_of, with_usual
from domain.notice import inert
from domain.parties import Person
from domain.permit import LONGEST_TEXT, USABLE, Permit
from domain.plant import Conduit, OperatingState, Site
from domain.plant import Protocol as Spoken
from domain.proof import Approval, ProofKind
from policies.charter.charter import Charter
from policies.charter.ssh_keys import fingerprint
from policies.engine import decide
from policies.facts import Facts, Standing, VerifiedApproval
from policies.glass import proven
from policies.networks import network_of
from policies.occupancy import Occupied
from policies.session_review import Unreviewed
from policies.stakes import criticality_of
from policies.template import Inside, choose
from policies.tenure import LastUse
from policies.tools import tool_of

log = structlog.get_logger()

MOST_STANDING = 50
"""How many permits of a person for an asset a decision looks at: open ones first, then the newest closed.

The closed ones are there for the words of a refusal only.
"""

MOST_PASSAGES = 100
"""How many of the passages that a refused wish names are kept; far more than any conduit grants."""

ADMISSION = RuleId("admission/1")
"""Signs the reasons that come before any rule is asked: there is nothing sound to ask it about."""

EDITED = Reason(
    ADMISSION,
    "permit_edited",
    "The plant's record of your permits does not hold together: somebody has edited it.",
    "Tell the plant. It opens nothing until the record is restored.",
)
BLIND = Reason(
    ADMISSION,
    "facts_missing",
    "The gate can't look up what it must know to decide.",
    "Tell the plant, and try again: its database or its trust file can't be read.",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What this node sees of the plant right now. ``faults`` are what it can't do, in one word each."""

    states: Mapping[ZoneId, OperatingState]
    isolated: frozenset[str]
    revoked: frozenset[PermitId]
    faults: tuple[str, ...]
    last_use: LastUse | None = None
    """When people last came in, from the ledger; None when it could not be read, which refuses."""
    glasses: tuple[Glass, ...] = ()
    """Uses of break-glass, with their reviews as they were filed."""
    unreviewed: tuple[Unreviewed, ...] = ()
    """Ended sessions that nobody has reviewed."""
    sessions: tuple[Occupied, ...] = ()
    """Sessions that have not ended."""
    heard: frozenset[PermitId] = frozenset()
    """Permits of whose start somebody of the plant is known to know."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A decision, and what it rests on: the permit, and SHA-256 of each approval that verified, in hex."""

    decision: Decision
    permit: Permit | None
    approvals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A decision about a wish, and the permit that now waits for approval if there is one."""

    decision: Decision
    permit: Permit | None


class Purposes(Protocol):
    """Whether a person's time-step was spent on exactly this purpose."""

    def __call__(self, person: PersonId, step: int, purpose: str, /) -> bool:
        """Asked when an approval by one-time code is checked again."""
        ...


class Admission:
    """One node's way to a decision. Holds no state of its own but what it was given."""

    def __init__(
        self,
        *,
        charter: Callable[[], Charter],
        trust: Callable[[], Trust],
        approvals: Approvals,
        spent: Purposes,
        look: Callable[[], Awaitable[Seen]],
        ledger: Ledger,
        clock: Clock,
        past: Callable[[str], Trust | None] = lambda _digest: None,
    ) -> None:
        self._past = past
        self._signed_for: set[Glass] = set()
        self._charter = charter
        self._trust = trust
        self._approvals = approvals
        self._spent = spent
        self._look = look
        self._ledger = ledger
        self._clock = clock

    async def through(self, request: AccessRequest) -> Passed:
        """Whether ``request`` may pass now. Nothing is recorded here: the door does that, with its words.

        Never raises PenstockError: where there is nothing sound to decide on, the answer is no.
        """
        try:
            most = MOST_STANDING if request.permit is None else LONGEST_LIST
            filed = await self._approvals.filed_for(request.person, request.asset, most=most)
            if request.permit is not None:
                filed = tuple(one for one in filed if one.permit.id == request.permit)
            facts, trust = await self._facts(filed), self._trust()
        except EvidenceError as error:
            log.critical("permits_edited", person=request.person, asset=request.asset, fact=error.fact)
            return Passed(Deny((EDITED,)), None, ())
        except PenstockError as error:
            log.critical("facts_missing", fact=str(error))
            return Passed(Deny((BLIND,)), None, ())
        decision = decide(request, facts, facts.charter.rules)
        chosen = None if isinstance(decision, Deny) else decision.permit
        one = next((each for each in filed if each.permit.id == chosen), None)
        if one is None:
            return Passed(decision, None, ())
        # Only what the decision rests on: a row that somebody put beside it proves nothing, and would
        # make a sound session's evidence look forged.
        able = facts.matter(request).deciders
        counted = [
            approval
            for approval, _ in self._verified(one, facts.charter, trust)
            if approval.approver in able.get(approval.right, ())
        ]
        return Passed(decision, one.permit, tuple(map(digest_of, counted)))

    async def facts_for(self, person: PersonId, asset: AssetId) -> Facts:
        """What a decision about this person and asset would rest on; for explaining one."""
        return await self._facts(await self._approvals.filed_for(person, asset))

    async def facts_now(self) -> Facts:
        """The plant as it stands, without any permit: what judging a wish anew rests on."""
        return await self._facts(())

    async def ask(
        self,
        request: AccessRequest,
        *,
        purpose: str,
        work_order: str = "",
        back_out: str = "",
        failure: str = "",
        time_zone: str | None = None,
        conduit: ConduitId | None = None,
        states: frozenset[OperatingState] | None = None,
        door: str = "console",
    ) -> Asked:
        """File a permit for ``request`` (its window is set), or say why not; both leave a leaf.

        Without ``states`` it shall hold in all in which the conduit is open and the charter's table lets
        it happen. Raises ValueError when the wish can't be put into a permit's words (an empty purpose, a
        window that is not in whole seconds, a state in which it could never hold).
        """
        stated = Stated(purpose, work_order, back_out, failure)
        request = replace(request, conduit=conduit or request.conduit, stated=stated)
        facts = await self._facts(())
        decision = decide(request, facts, facts.charter.rules)
        passage = facts.matter(request).conduit  # the one that the decision was made on
        site = facts.charter.site_of(request.asset)
        if (
            not isinstance(decision, NeedsApproval)
            or passage is None
            or site is None
            or request.window is None
        ):
            await self._refused(request, decision, door)
            return Asked(decision, None)
        permit = _permit(request, facts, passage, site, time_zone, states)
        permit, template = choose(facts.charter, permit, facts.revoked, facts.now)
        try:
            await self._approvals.request(permit, door, exceptions_of(decision.reasons), request.source)
        except DecisionError as error:
            # A door that refuses a flood says so like any other no, under the same code everywhere.
            flooded = Deny((Reason(ADMISSION, error.code, error.fact, error.remedy),))
            await self._refused(request, flooded, door)
            return Asked(flooded, None)
        if template is not None:  # the others signed it beforehand: nobody but who confirms is waited for
            confirming = tuple(dict.fromkeys(one.person for one in template.seat.voices))
            decision = replace(decision, rights=frozenset({template.seat.right}), waiting_for=confirming)
        return Asked(decision, permit)

    async def inside(
        self, request: AccessRequest, states: frozenset[OperatingState] | None = None
    ) -> Inside | None:
        """The standing template that such a wish would lie inside now, and who would confirm it; files nothing."""
        facts = await self._facts(())
        matter, site = facts.matter(request), facts.charter.site_of(request.asset)
        if matter.conduit is None or matter.vendor is None or site is None or request.window is None:
            return None
        request = replace(request, stated=replace(request.stated, purpose=request.stated.purpose or "-"))
        try:
            permit = _permit(request, facts, matter.conduit, site, None, states)
        except ValueError:  # it can't be asked for, and who asks is told why elsewhere
            return None
        return choose(facts.charter, permit, facts.revoked, facts.now)[1]

    async def live_standings(self) -> tuple[Standing, ...]:
        """Every permit that may open something, with the approvals that verify here and now; newest first."""
        found: list[Filed] = []
        while page := await self._approvals.all(
            limit=LONGEST_LIST, before=found[-1].permit.id if found else None, states=USABLE
        ):
            found += page
        return (await self._facts(tuple(found))).standings

    async def permits_of(self, person: PersonId) -> tuple[Filed, ...]:
        """This person's own permits, newest first."""
        return await self._approvals.filed_of(person)

    async def _facts(self, filed: tuple[Filed, ...]) -> Facts:
        seen = await self._look()
        trust = self._trust()
        charter = self._charter()
        now = self._clock.now()
        return Facts(
            now=now,
            charter=charter,
            states=seen.states,
            isolated=seen.isolated,
            revoked=seen.revoked,
            last_use=seen.last_use,
            standings=tuple(self._standing(one, charter, trust) for one in filed),
            faults=seen.faults,
            glasses=proven(seen.glasses, self._spent, charter, self._signed),
            heard=seen.heard,
            unreviewed=seen.unreviewed,
            sessions=seen.sessions,
        )

    def _signed(self, glass: Glass) -> bool:
        """Whether its signed review verifies, by the trust file or by the version that it was signed under.

        What verified once does for good: an enrolled key that is taken out later unmakes no review.
        """
        if glass not in self._signed_for and glass.review is not None and glass.review.signed is not None:
            then = self._past(glass.review.signed.statement.trust)
            if holds(glass, (self._trust(), *((then,) if then is not None else ()))):
                self._signed_for.add(glass)
        return glass in self._signed_for

    def _standing(self, filed: Filed, charter: Charter, trust: Trust) -> Standing:
        # A closed permit opens nothing, whoever signed it; years of them must not hold anybody up.
        approvals = self._verified(filed, charter, trust) if TRANSITIONS[filed.state] else ()
        verified = [
            VerifiedApproval(one.right, one.approver, kind, one.at, one.settles is not None)
            for one, kind in approvals
        ]
        disputed = filed.dispute.right if filed.dispute is not None else None
        return Standing(filed.permit, filed.state, tuple(verified), disputed)

    def _verified(
        self, filed: Filed, charter: Charter, trust: Trust
    ) -> tuple[tuple[Approval, ProofKind], ...]:
        """The approvals whose proofs verify here and now, each with what the conduit takes it as."""
        conduit = charter.conduits.get(filed.permit.conduit)
        accepted = conduit.proofs if conduit is not None else frozenset()
        found = []
        for approval in filed.approvals:
            try:
                shown = verify_filed(approval, filed.permit, filed.disputes, trust, accepted, self._spent)
            except ProofError as error:
                log.warning("approval_does_not_verify", permit=filed.permit.id, fact=error.fact)
                continue
            found.append((approval, shown.kind))
        return tuple(found)

    async def _refused(self, request: AccessRequest, decision: Decision, door: str) -> None:
        reason = decision.reasons[0] if decision.reasons else None
        await self._ledger.append(
            RequestRefused(
                at=self._clock.now(),
                person=request.person,
                asset=request.asset,
                door=door,
                source=request.source,
                code=reason.code if reason else "no_conduit",
                sentence=reason.sentence if reason else "No conduit leads there.",
                conduit=request.conduit or "",
                passage=tuple(str(one) for one in request.passage[:MOST_PASSAGES]),
                actions=tuple(sorted(request.actions)),
                window_from=request.window.start if request.window else None,
                window_until=request.window.end if request.window else None,
                tools=tuple(sorted(request.tools)),
                networks=tuple(sorted(request.networks)),
                limits=tuple(sorted(request.limits)),
                stated=tuple(one for one in RequestField if getattr(request.stated, one.value).strip()),
                work_order=inert(request.stated.work_order, LONGEST_TEXT),
            )
        )


def _permit(
    request: AccessRequest,
    facts: Facts,
    passage: Conduit,
    site: Site,
    time_zone: str | None,
    states: frozenset[OperatingState] | None,
) -> Permit:
    """``request`` in a permit's words; ValueError where it can't be."""
    charter = facts.charter
    person = charter.people[request.person]
    if person.vendor is None or request.window is None:
        raise ValueError("only a vendor's person asks for a permit")
    return Permit(
        id=new_permit_id(),
        site=site.id,
        person=person.id,
        vendor=person.vendor,
        asset=request.asset,
        conduit=passage.id,
        grants=frozenset(request.passage),
        actions=request.actions,
        window=request.window,
        time_zone=time_zone or charter.place_of(request.asset).time_zone,
        states=_states(request, charter, passage, states),
        purpose=request.stated.purpose,
        work_order=request.stated.work_order,
        back_out=request.stated.back_out,
        failure=request.stated.failure,
        **_client(request, charter, person),
        charter_digest=charter.digest,
        requested_at=facts.now,
        nonce=secrets.token_bytes(16),
        direction=passage.direction,
        safety_record=record.digest().hex() if (record := charter.safety_record(passage)) else "",
        limits=_limits(request, charter, passage),
    )


def _limits(request: AccessRequest, charter: Charter, conduit: Conduit) -> frozenset[str]:
    """Those that the wish names; where it names none, the conduit's own for what it asks for."""
    kinds = {one.kind for one in request.passage}
    used = {one.protocol for one in charter.assets[request.asset].endpoints} - {Spoken.SSH}
    if PassageKind.FORWARD not in kinds:
        used = set()
    if kinds & FILES:
        used.add(Spoken.SSH)
    usual = (one for one in conduit.limits if one.protocol in used)
    return frozenset(limit_texts(with_usual(limits_of(request.limits), usual)))


def _states(
    request: AccessRequest, charter: Charter, conduit: Conduit, wanted: frozenset[OperatingState] | None
) -> frozenset[OperatingState]:
    criticality = criticality_of(charter, request.asset)
    possible = charter.state_rules.table.allowing(conduit.states, request.actions, criticality)
    if wanted is not None and not wanted <= possible:
        raise ValueError(f"it could never hold in the state {', '.join(sorted(wanted - possible))}")
    return wanted or possible


class _Client(TypedDict):
    """With what, how, with which keys and from where a permit may be used."""

    tools: frozenset[ToolId]
    method: ConnectionMethod
    keys: frozenset[str]
    networks: frozenset[str]


def _client(request: AccessRequest, charter: Charter, person: Person) -> _Client:
    """As the request says, or else as it was made: its client, its network, the keys that the person has now."""
    vendor = charter.vendors[person.vendor] if person.vendor else None
    tool = tool_of(charter, request.client)
    network = network_of(request.source, vendor.networks if vendor else ())
    method = request.method or ConnectionMethod.SSH
    return {
        "tools": request.tools or frozenset(() if tool is None else (tool,)),
        "method": method,
        "keys": frozenset(fingerprint(key) for key in person.ssh_keys if method is ConnectionMethod.SSH),
        "networks": request.networks or frozenset(() if network is None else (network,)),
    }


def digest_of(approval: Approval) -> str:
    """SHA-256 of an approval's canonical bytes, in hex: how a ledger leaf names it."""
    return hashlib.sha256(canonical(approval.document())).hexdigest()


def new_permit_id() -> PermitId:
    """A fresh id: 130 random bits in lower-case base 32."""
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    return PermitId("".join(secrets.choice(alphabet) for _ in range(26)))


def now_in_whole_seconds(clock: Clock) -> datetime:
    """The current second; a permit's window is in whole ones."""
    return clock.now().replace(microsecond=0)
