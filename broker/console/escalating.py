"""Calls the next level of the ladder when nobody has decided: a leaf of the ledger, then a notice to each.

Runs in the process that serves approvals, by its clock, and needs nothing outside the plant. Never twice for
the same level: the ledger says which were called. Never lost: after a crash between leaf and notice, the
notice is put again, and whoever keeps notices keeps each once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from approvals.escalation import Call, Level, Matter, due, of_review, of_void
from approvals.service import Approvals, Filed
from broker.console import words
from broker.console.permits.ladder import LEVELS, contact_of, matter_of
from broker.console.permits.terms import judge, names_of
from broker.notices.outbox import Outbox
from broker.notices.timely import void_key
from domain.break_glass import Glass
from domain.errors import EvidenceError, PenstockError
from domain.events import Escalated
from domain.ids import PermitId, PersonId
from domain.ledger import Ledger
from domain.notice import Notice, NoticeKind
from domain.permit import Permit
from policies.charter.charter import Charter
from policies.charter.void import Void, void_report
from policies.facts import Facts
from policies.glass import skipped
from recorder.ledger.reader import Kept

log = structlog.get_logger()

EVERY_S = 2.0
VOIDS_EVERY = timedelta(seconds=15)


class Log(Protocol):
    """The ledger, for reading."""

    def find(self, *, event: str = "", limit: int = 1000) -> Iterator[Kept]: ...


class Escalating:
    """One for a node."""

    def __init__(
        self,
        approvals: Approvals,
        facts: Callable[[], Awaitable[Facts]],
        in_effect: Callable[[bytes], datetime | None],
        ledger: Ledger,
        told: Log,
        outbox: Outbox,
    ) -> None:
        self._approvals = approvals
        self._facts = facts
        self._in_effect = in_effect
        self._loaded: dict[bytes, datetime | None] = {}
        self._voids: Mapping[str, Void] = {}
        self._looked: datetime | None = None
        self._ledger = ledger
        self._log = told
        self._outbox = outbox
        self._told: set[str] | None = None
        """The calls that the ledger holds; None until it was read."""
        self._put: set[str] = set()
        self._waiting: dict[PermitId, Filed] = {}
        self._broken: dict[PermitId, Filed] = {}

    async def run(self) -> None:
        """Until cancelled. Trouble is the operator's to see, and is tried again."""
        while True:
            try:
                await self.step()
            except (PenstockError, OSError, ValueError) as error:
                log.warning("escalation_waits", fact=str(error))
            except Exception:
                # Whoever approves must not be kept out by a call that can't be made.
                log.exception("escalation_failed")
            await asyncio.sleep(EVERY_S)

    async def step(self) -> tuple[Call, ...]:
        """Make every call that is due; those that were made now."""
        if self._told is None:
            self._told = await asyncio.to_thread(self._read)
        facts = await self._facts()
        voids = await self._void(facts)
        matters = [*await self._permits(facts), *await self._reviews(facts), *map(_of_void, voids.values())]
        made = []
        for call in due(matters, facts.now):
            if call.key in self._put:
                continue
            if call.key not in self._told:
                await self._ledger.append(_leaf(call, facts.now))
                self._told.add(call.key)
                made.append(call)
            known = PermitId(_permit_of(call))
            filed = self._waiting.get(known) or self._broken.get(known)
            about = _of_permit(filed.permit, facts.charter) if filed is not None else ""
            for notice in _notices(call, facts.charter, voids.get(call.matter.about), about):
                await asyncio.to_thread(self._outbox.put, notice)
            self._put.add(call.key)
        return tuple(made)

    async def _void(self, facts: Facts) -> Mapping[str, Void]:
        """What nobody holds, looked up every few seconds; since when counts from when the charter took effect."""
        digest = facts.charter.digest
        if digest not in self._loaded:
            self._loaded = {digest: await asyncio.to_thread(self._in_effect, digest)}
            self._looked = None
        if self._looked is None or facts.now - self._looked >= VOIDS_EVERY:
            report = void_report(facts.charter, facts.now, loaded=self._loaded[digest])
            self._voids = {f"void:{one.right}:{one.boundary}": one for one in report.voids if one.refuses}
            self._looked = facts.now
        return self._voids

    def _read(self) -> set[str]:
        return {str(kept.event.get("key")) for kept in self._log.find(event=Escalated.__name__, limit=2**62)}

    async def _permits(self, facts: Facts) -> list[Matter]:
        found = await self._approvals.open_ones(facts.now)
        versions = {name: one.version for name, one in found.items() if one.may_lapse}
        self._waiting = {
            name: one for name, one in self._waiting.items() if versions.get(name) == one.version
        }
        for name in versions.keys() - self._waiting.keys():
            await self._learn(name, self._waiting)
        matters = (
            matter_of(one, judge(one.permit, facts).terms, facts.charter, facts.now)
            for one in self._waiting.values()
        )
        return [one for one in matters if one is not None]

    async def _reviews(self, facts: Facts) -> list[Matter]:
        found = []
        for glass in facts.glasses:
            if glass.review is not None:
                continue
            if glass.permit not in self._broken:
                await self._learn(glass.permit, self._broken)
            found.append(self._review(glass, facts))
        return found

    def _review(self, glass: Glass, facts: Facts) -> Matter:
        filed = self._broken.get(glass.permit)
        passed = skipped(facts.charter, filed.permit, facts.now) if filed is not None else ()
        return of_review(glass, passed, facts.charter.escalation.executive)

    async def _learn(self, permit: PermitId, into: dict[PermitId, Filed]) -> None:
        try:
            filed = await self._approvals.filed(permit)
        except EvidenceError as error:  # it opens nothing; whoever asks for it is told
            log.warning("permit_not_read", permit=permit, fact=error.fact)
            return
        if filed is not None:
            into[permit] = filed


def _of_void(void: Void) -> Matter:
    assert void.right is not None
    return of_void(
        void.right, void.boundary, void.since, [(one.level, one.person, one.at) for one in void.steps]
    )


def _permit_of(call: Call) -> str:
    kind, _, rest = call.matter.about.partition(":")
    return "" if kind == "void" else rest.partition(":")[0]


def _leaf(call: Call, now: datetime) -> Escalated:
    return Escalated(
        at=now,
        key=call.key,
        about=call.matter.about,
        permit=_permit_of(call),
        level=call.rung.level,
        called=call.rung.persons,
        since=call.matter.since,
        due=call.rung.at,
    )


SUBJECTS = {
    "permit": "A decision waits for you, because nobody has made it",
    "dispute": "A dispute over a permit waits for its arbiter",
    "review": "A use of break-glass is overdue for review",
    "void": "A decision right has no holder",
}


def _of_permit(permit: Permit, charter: Charter) -> str:
    names = names_of(permit, charter)
    return f"It is about {names.person} of {names.vendor}, who asked for access to {names.asset}."


def _notices(call: Call, charter: Charter, void: Void | None, about: str) -> Iterator[Notice]:
    permit = _permit_of(call)
    kind = call.matter.about.partition(":")[0]
    key = call.key if void is None else void_key(void, call.rung.level)
    for person in call.rung.persons:
        yield Notice(
            key=key,
            to=person,
            kind=NoticeKind.VOID if void is not None else NoticeKind.ESCALATED,
            at=call.rung.at,
            subject=SUBJECTS[kind],
            sentences=tuple(one for one in (about, *_sentences(call, charter, void)) if one),
            path=f"/permits/{permit}" if permit else "/voids",
            urgent=True,
            permit=permit,
        )


def _sentences(call: Call, charter: Charter, void: Void | None) -> Iterator[str]:
    matter, zone = call.matter, charter.organisation.time_zone
    if void is not None:
        yield void.sentence
    yield f"It waits since {words.day_and_time(matter.since, zone)}; you are called as {LEVELS[call.rung.level]}."
    if matter.until is not None:
        how = "is refused" if matter.about.startswith("dispute:") else "lapses"
        yield f"Undecided, it {how} {words.day_and_time(matter.until, zone)}."
    if call.rung.level is Level.EXECUTIVE:
        yield "Being called gives you no right to decide: see that somebody who has it does."
    for before in matter.rungs:
        if before.at < call.rung.at:
            yield _before(before.persons, LEVELS[before.level], charter)


def _before(persons: tuple[PersonId, ...], level: str, charter: Charter) -> str:
    if not persons:
        return f"Before you as {level}: nobody is named."
    named = (
        f"{words.short_name(charter.people.get(one), one)}"
        f"{f' ({contact})' if (contact := contact_of(charter, one)) else ''}"
        for one in persons
    )
    return f"Before you as {level}: {', '.join(named)}."
