"""Who may let evidence go, or have it stay: what is drawn up for a person to sign, and whether what they signed counts.

The console files by it, and the gate goes by it again before anything is destroyed. Two distinct persons
of the plant sign; one of them holds ``data_out`` over the session's way at that time. A hold takes one.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from approvals.filed import Filed
from approvals.keeping import verify_keeping
from approvals.trust import Trust
from broker.evidence.keepings import Ask, Kept, kept_in
from broker.evidence.pruning import Plan, plan
from domain.canonical import instant_of, text_in
from domain.clock import Clock
from domain.errors import DecisionError
from domain.events import ENDS, SessionOpened
from domain.ids import PermitId, PersonId, is_token
from domain.keeping import DELETES, Deed, KeepingStatement, SignedKeeping
from domain.permit import Permit
from domain.rights import DecisionRight
from domain.said import say
from domain.signed_statement import NONCE_BYTES
from policies.charter.charter import Charter
from policies.retention import Item, Judgement, Material, Standing, Term, judge, term_over
from policies.rights import may_decide_on
from recorder.ledger.reader import LogReader

OPENED = SessionOpened.__name__
MOST_LEAVES = 1_000_000
AT_ONCE = 500
"""Permits that are looked up in one statement."""


@dataclass(frozen=True, slots=True)
class Past:
    """A session as the ledger knows it."""

    session: str
    permit: str
    person: str
    asset: str
    opened_at: str
    ended_at: datetime | None = None
    recording_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A session's evidence, and what may become of it now."""

    past: Past
    judgement: Judgement
    gone: frozenset[Deed]


class KeepingDesk:
    """One node's. Everything is read anew at each call. DecisionError says why not, with a stable code."""

    def __init__(
        self,
        *,
        node: str,
        charter: Callable[[], Charter],
        trust: Callable[[], Trust],
        past_trust: Callable[[str], Trust | None],
        these: Callable[[Collection[PermitId]], Awaitable[Mapping[PermitId, Filed]]],
        log: LogReader,
        clock: Clock,
    ) -> None:
        self.node = node
        self._charter = charter
        self._trust = trust
        self._past_trust = past_trust
        self._these = these
        self._log = log
        self._clock = clock

    async def kept(self) -> Kept:
        """How things stand."""
        return await asyncio.to_thread(kept_in, self._log)

    async def due(self, kept: Kept) -> tuple[Due, ...]:
        """Every session that this ledger knows, the newest first, and what may become of its evidence."""
        found = tuple((await asyncio.to_thread(pasts, self._log)).values())
        permits = await self._permits(found)
        return tuple(
            Due(
                past,
                self._judged(past, permits.get(past.permit), kept),
                kept.erased.get(past.session, frozenset()),
            )
            for past in found
        )

    async def draw_up(
        self, person: PersonId, deed: Deed, subject: str, reason: str, ask: str = ""
    ) -> KeepingStatement:
        """What this person is to sign; ``ask`` is the first person's, when this is the second."""
        kept = await self.kept()
        if ask:
            first = self._open(kept, ask)
            deed, subject, reason = first.wish.deed, first.wish.subject, first.wish.reason
        term, days, ended = "", 0, None
        if deed in DELETES:
            past, judgement = await self._may_go(kept, subject, deed)
            assert judgement.term is not None
            term, days, ended = judgement.term.id, judgement.term.minimum.days, past.ended_at
        elif deed is Deed.PRUNE:
            found, over = await self._may_prune(kept, subject)
            term, days, ended = over.id, over.minimum.days, found.newest
            subject = f"ledger:{found.below}"
        try:
            statement = KeepingStatement(
                node=self.node,
                deed=deed,
                subject=subject,
                term=term,
                minimum_days=days,
                ended_at=ended,
                charter=self._charter().digest.hex(),
                reason=" ".join(reason.split()),
                answers=ask,
                by=person,
                at=self._clock.now(),
                trust=self._trust().digest().hex(),
                nonce=secrets.token_bytes(NONCE_BYTES),
            )
        except ValueError as error:
            raise DecisionError(f"This can't be filed: {error}.", code="not_understood") from error
        await self.check(statement, kept)
        return statement

    async def check(self, statement: KeepingStatement, kept: Kept) -> None:
        """Return when this statement may count now, by whoever makes it; its proof is not asked here."""
        charter, now = self._charter(), self._clock.now()
        if not _has_a_say(charter, statement.by, now):
            raise DecisionError(
                say("Only an auditor, or somebody who holds a right, may sign this."),
                code="not_yours_to_sign",
            )
        permit: Permit | None = None
        if statement.deed in DELETES:
            past, judgement = await self._may_go(kept, statement.subject, statement.deed)
            permit = await self._permit(past)
            term = judgement.term
            now_asked = ("", -1, None) if term is None else (term.id, term.minimum.days, past.ended_at)
            if (statement.term, statement.minimum_days, statement.ended_at) != now_asked:
                raise _changed()
        elif statement.deed is Deed.PRUNE:
            found, over = await self._may_prune(kept, statement.subject)
            said = (statement.name, statement.term, statement.minimum_days, statement.ended_at)
            if said != (str(found.below), over.id, over.minimum.days, found.newest):
                raise _changed()
        elif statement.deed is Deed.LIFT and statement.name not in kept.holds:
            raise DecisionError(say("There is no such hold (any more)."), code="no_such_hold")
        if statement.charter != charter.digest.hex():
            raise _changed()
        if statement.answers:
            self._second(kept, statement, permit)

    async def take(self, signed: SignedKeeping) -> Kept:
        """Return, with how things stood, when what was signed counts now; ProofError or DecisionError else."""
        statement = signed.statement
        if statement.node != self.node:
            raise DecisionError(say("What was signed is for another node."), code="wrong_node")
        verify_keeping(signed, self._trust())
        kept = await self.kept()
        await self.check(statement, kept)
        return kept

    async def proceed(self, ask: Ask) -> Past:
        """The session whose evidence may be destroyed on this ask, now; the gate's own question, whoever filed it."""
        first, second = self._both(ask)
        kept = await self.kept()
        past, _ = await self._may_go(kept, ask.wish.subject, ask.wish.deed)
        self._two(first, second, await self._permit(past), second.at)
        return past

    async def proceed_pruning(self, ask: Ask) -> Plan:
        """What of the ledger may go on this ask, now; as ``proceed``."""
        first, second = self._both(ask)
        found, _ = await self._may_prune(await self.kept(), ask.wish.subject)
        self._two(first, second, None, second.at)
        return found

    def _both(self, ask: Ask) -> tuple[KeepingStatement, KeepingStatement]:
        first, second = ask.first, ask.second
        if second is None:
            raise DecisionError("A second person has not signed.", code="one_person")
        for signed in (first, second):
            self._verified(signed)
        if first.statement.wants() != second.statement.wants() or second.statement.answers != ask.digest:
            raise DecisionError("The two persons did not sign the same.", code="not_the_same")
        return first.statement, second.statement

    async def _may_prune(self, kept: Kept, subject: str) -> tuple[Plan, Term]:
        kind, _, name = subject.partition(":")
        if kind != "ledger" or not name.isdigit():
            raise DecisionError(say("What is pruned is the ledger below a leaf."), code="not_understood")
        charter = self._charter()
        over = (*(charter.sites if len(charter.sites) == 1 else ()), charter.organisation.id)
        if term_over(charter.retention, Material.LEDGER, over) is None:
            raise DecisionError(
                say("No retention term of the charter speaks of the ledger, so it stays."),
                code="no_retention_term",
                remedy=say("Write a [[retention]] into rights.toml, and have the charter signed."),
            )
        removed = {session for session, gone in kept.erased.items() if Deed.REMOVE in gone}
        found = await asyncio.to_thread(plan, self._log, int(name), removed)
        item = Item(Material.LEDGER, subject, over, frozenset(), found.newest)
        judgement = judge(item, charter.retention, (), self._clock.now())
        if judgement.standing is Standing.KEPT or judgement.term is None:
            raise DecisionError(judgement.sentence, code=judgement.code, remedy=judgement.remedy)
        if kept.holds:  # whatever it is about, its leaves are spread over the ledger
            raise DecisionError(
                say("While a legal hold stands, nothing of the ledger goes."),
                code="legal_hold",
                remedy=say("Two persons lift a hold, on the page 'Retention'."),
            )
        return found, judgement.term

    def _verified(self, signed: SignedKeeping) -> None:
        trust = self._trust()
        if trust.digest().hex() != signed.statement.trust:
            # Enrolled then, and not taken out since: whoever lost their key meanwhile lets nothing go.
            verify_keeping(signed, self._past_trust(signed.statement.trust) or trust)
        verify_keeping(signed, trust)

    def _open(self, kept: Kept, ask: str) -> Ask:
        first = kept.asks.get(ask)
        if first is None or first.over(self._clock.now()):
            raise DecisionError(
                say("Nobody asks for this (any more): a second person has thirty days."), code="no_such_ask"
            )
        if first.second is not None:
            raise DecisionError(say("Two persons have signed this already."), code="already_agreed")
        return first

    def _second(self, kept: Kept, statement: KeepingStatement, permit: Permit | None) -> None:
        first = self._open(kept, statement.answers)
        if first.wish.wants() != statement.wants():
            raise _changed()
        self._two(first.wish, statement, permit, self._clock.now())

    def _two(
        self, first: KeepingStatement, second: KeepingStatement, permit: Permit | None, at: datetime
    ) -> None:
        if first.by == second.by:
            raise DecisionError(
                say("This takes two persons, and you are the first of them."), code="same_person"
            )
        charter = self._charter()
        both = (first.by, second.by)
        if permit is not None and permit.person in both:
            raise DecisionError(say("Nobody lets evidence of themself go."), code="own_session")
        if not any(_lets_out(charter, one, permit, at) for one in both):
            raise DecisionError(
                say("One of the two must hold the right 'data_out' there, and neither does."),
                code="nobody_lets_out",
                remedy=say("Ask the holder; the page 'Voids' says who it is."),
            )

    async def _may_go(self, kept: Kept, subject: str, deed: Deed) -> tuple[Past, Judgement]:
        kind, _, session = subject.partition(":")
        if kind != "session":
            raise DecisionError(say("What is deleted is one session's."), code="not_understood")
        past = (await asyncio.to_thread(pasts, self._log, session)).get(session)
        if past is None:
            raise DecisionError(say("The ledger knows no such session."), code="no_such_session")
        gone = kept.erased.get(session, frozenset())
        if Deed.REMOVE in gone or deed in gone:
            raise DecisionError(say("That is gone already."), code="already_erased")
        judgement = self._judged(past, await self._permit(past), kept)
        if judgement.standing is Standing.KEPT:
            raise DecisionError(judgement.sentence, code=judgement.code, remedy=judgement.remedy)
        return past, judgement

    def _judged(self, past: Past, permit: Permit | None, kept: Kept) -> Judgement:
        charter = self._charter()
        way: tuple[str, ...] = ()
        about = {f"person:{past.person}", f"asset:{past.asset}"}
        if permit is not None:
            about.add(f"vendor:{permit.vendor}")
            way = charter.boundaries(permit.asset, permit.conduit)
        item = Item(
            Material.RECORDING,
            f"session:{past.session}",
            way or (charter.organisation.id,),
            frozenset(about),
            past.ended_at,
        )
        return judge(item, charter.retention, kept.holds.values(), self._clock.now())

    async def _permit(self, past: Past) -> Permit | None:
        return (await self._permits([past])).get(past.permit)

    async def _permits(self, these: Iterable[Past]) -> dict[str, Permit]:
        """The permits of these sessions by id, as far as anybody still has them."""
        names = sorted({PermitId(one.permit) for one in these if is_token(one.permit)})
        found: dict[str, Permit] = {}
        for at in range(0, len(names), AT_ONCE):
            filed = await self._these(names[at : at + AT_ONCE])
            found |= {str(id_): one.permit for id_, one in filed.items()}
        return found


def pasts(log: LogReader, session: str = "") -> dict[str, Past]:
    """The sessions of this ledger by id, the newest first; only ``session`` where one is named."""
    ended: dict[str, tuple[datetime, str]] = {}
    found = {}
    for kept in log.find(event={OPENED, *ENDS}, session=session, limit=MOST_LEAVES):
        id_ = text_in(kept.event, "session")
        if kept.event.get("event") in ENDS:  # newest first: it stands before its opening
            ended[id_] = instant_of(text_in(kept.event, "at")), text_in(kept.event, "recording_sha256")
            continue
        at_end = ended.get(id_, (None, ""))
        found[id_] = Past(
            id_,
            text_in(kept.event, "permit"),
            text_in(kept.event, "person"),
            text_in(kept.event, "asset"),
            text_in(kept.event, "at"),
            *at_end,
        )
    return found


def _has_a_say(charter: Charter, person: PersonId, now: datetime) -> bool:
    known = charter.people.get(person)
    if known is None or known.vendor is not None:
        return False
    return known.auditor or any(
        person in {*one.holders, one.deputy} and one.window.contains(now) for one in charter.holdings
    )


def _lets_out(charter: Charter, person: PersonId, permit: Permit | None, at: datetime) -> bool:
    if permit is not None:
        return may_decide_on(charter, DecisionRight.DATA_OUT, person, permit, at)
    # A hold, or a session whose permit nobody has any more: whoever lets data out at all.
    return any(
        one.right is DecisionRight.DATA_OUT
        and person in {*one.holders, one.deputy}
        and one.window.contains(at)
        for one in charter.holdings
    )


def _changed() -> DecisionError:
    return DecisionError(
        say("The charter, or its term, is another by now than the one that was signed."),
        code="terms_changed",
        remedy=say("Ask anew."),
    )
