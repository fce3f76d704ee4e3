"""The node's quarantine: takes files in, has them looked at, and says which may pass. The gate's own; nobody else writes here.

Every step is in the ledger before it is told to anybody. A crash leaves nothing of a file, or one that says that it was cut, or
one that nobody has looked at yet; ``resume`` finds all three.
"""

import asyncio
import hashlib
import secrets
import string
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import TypeVar

import structlog

from broker.quarantine.cards import Card, about, came_from, drop_card, read_card, write_card
from broker.quarantine.intake import FileIntake, Ways, too_large
from broker.quarantine.judging import Looked, judge
from broker.quarantine.kept_reader import KeptReader
from broker.quarantine.known import KnownFiles
from broker.quarantine.lookers import Report
from broker.quarantine.quota import Quotas
from broker.quarantine.seams import Came, FileState, NotTakenError, Outcome, QuarantineFull, Verdict
from broker.quarantine.shelf import Shelf
from broker.quarantine.signatures import is_one, may_be_one, signature_of, signed_by
from broker.quarantine.spool import WHOLE, Closed
from domain.canonical import instant_text
from domain.clock import Clock
from domain.errors import EvidenceError, PenstockError
from domain.events import Event, FileDelivered, FileErased, FileMoved, FileNotTaken, FileScreened, FileTakenIn
from domain.ids import SessionId
from domain.ledger import Ledger
from domain.screening import FileRules
from policies.charter.charter import Charter
from recorder.replay import inert

log = structlog.get_logger()

T = TypeVar("T")

LONGEST_NAME = 200
MOST_REMEMBERED = 10_000
LOOK_AGAIN_S = 300.0
UNSEEN = ("file_not_screened", "file_not_scanned")

Look = Callable[[Card], Awaitable[Report]]
Approved = Callable[[Came, Collection[Card]], Awaitable[frozenset[str]]]


async def nobody(_came: Came, _cards: Collection[Card]) -> frozenset[str]:
    """No person has released anything."""
    return frozenset()


@dataclass(frozen=True, slots=True)
class ReleasedFile:
    """See ``seams.Released``."""

    id: str
    sha256: str
    size: int
    name: bytes
    shelf: Shelf

    def open(self) -> KeptReader:
        """Its bytes; EvidenceError when they are gone or changed."""
        return self.shelf.open(self.id, self.size)


class NodeQuarantine:
    """See ``seams.Quarantine``. ``look`` has one file looked at; ``approved`` says which of these persons released, by proof."""

    def __init__(
        self,
        *,
        shelf: Shelf,
        quotas: Quotas,
        workers: Executor,
        look: Look,
        ledger: Ledger,
        charter: Callable[[], Charter],
        clock: Clock,
        approved: Approved = nobody,
    ) -> None:
        self._shelf, self._quotas, self._workers = shelf, quotas, workers
        self._look, self._ledger, self._charter, self._clock = look, ledger, charter, clock
        self._approved = approved
        self._cards = KnownFiles()
        self._untold: asyncio.Queue[Event] = asyncio.Queue()
        self._told: set[tuple[str, str]] = set()
        self._again: asyncio.Queue[str] = asyncio.Queue()
        self._ways = Ways(shelf, quotas, workers, self._taken, self._turned_away)

    def begin(self, came: Came, expected: int | None = None) -> FileIntake:
        """A place for one file."""
        largest = self._rules(came).largest_bytes
        try:
            if largest and (expected or 0) > largest:
                raise too_large(largest)
            if why := self._shelf.room(expected or 0):
                raise QuarantineFull(
                    why, code="file_no_room", remedy="Tell the plant. Send the file again when there is room."
                )
            self._quotas.begin(came, expected or 0, self._clock.boottime_s())
        except NotTakenError as error:
            self._turned_away(came, error)
            raise
        file = new_id()
        return FileIntake(
            self._ways, came, file, self._shelf.spool(file, about(came), self._workers), largest
        )

    async def released(self, came: Came, sha256: str) -> Sequence[ReleasedFile]:
        """The files with these bytes that may pass to this asset under this permit now, the newest first."""
        here = [
            one
            for one in self._cards.alike(sha256)
            if one.whole and (one.came.asset, one.came.conduit) == (came.asset, came.conduit)
        ]
        by_hand = await self._approved(came, [one for one in here if one.releasable])
        return [
            ReleasedFile(one.id, one.sha256, one.size, one.came.name, self._shelf)
            for one in here
            if one.id in by_hand or (one.came.permit == came.permit and self._passes(one))
        ]

    async def moved(
        self, came: Came, *, size: int, sha256: str, outcome: Outcome, released: str = ""
    ) -> None:
        """Tell the ledger of bytes that went through."""
        at, name = self._clock.now(), shown(came.name)
        if released:
            await self._ledger.append(
                FileDelivered(
                    at=at,
                    file=released,
                    session=came.session,
                    permit=came.permit,
                    asset=came.asset,
                    passage=str(came.way),
                    name=name,
                    size=size,
                    sha256=sha256,
                    outcome=str(outcome),
                )
            )
            return
        await self._ledger.append(
            FileMoved(
                at=at,
                session=came.session,
                permit=came.permit,
                person=came.person,
                asset=came.asset,
                conduit=came.conduit,
                passage=str(came.way),
                name=name,
                size=size,
                sha256=sha256,
                outcome=str(outcome),
            )
        )

    def card(self, file: str) -> Card | None:
        """What the gate knows of one file, without the list of its contents."""
        return self._cards.find(file)

    def of_session(self, session: str) -> tuple[str, ...]:
        """The files that came in one session, by their ids."""
        return self._cards.of_session(session)

    async def erase(self, file: str) -> int:
        """Destroy one file's key, and the file; its bytes on the disk. Who may want that is asked elsewhere."""
        card = self._cards.forget(file)
        removed = await self._beside(self._shelf.erase, file)
        drop_card(self._shelf.folder, file)
        if card is not None:
            self._quotas.gone(card.size)
        return removed

    async def erase_of(self, session: SessionId, ask: str) -> None:
        """Destroy the files that came in one session, which two persons let go by ``ask``; a leaf before each. Again is as good."""
        for file in self.of_session(session):
            if (card := self._cards.find(file)) is None:
                continue
            await self._ledger.append(
                FileErased(at=self._clock.now(), file=card.id, session=session, sha256=card.sha256, ask=ask)
            )
            await self.erase(card.id)

    async def screen(self, file: str) -> Verdict:
        """Look at one file, again if need be; EvidenceError when there is none, or the ledger can't be told."""
        card = self._cards.find(file)
        if card is None:
            raise EvidenceError("There is no such file in the quarantine.")
        return await self._screened(card)

    async def resume(self) -> None:
        """What an earlier run left: seal what was cut, tell the ledger what it was not told. Before the first ``begin``."""
        await self._beside(self._shelf.salvage)
        for file in await self._beside(self._shelf.files):
            try:
                await self._resume(file)
            except (
                PenstockError
            ) as error:  # one bad file must not keep the gate from coming up: it just never passes
                log.warning("file_unreadable", file=file, fact=error.fact)

    async def run(self) -> None:
        """Tell the ledger of what was turned away, and look again at what nobody could look at, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tell())
            group.create_task(self._keep_looking())
            group.create_task(self._look_again())

    async def _resume(self, file: str) -> None:
        key = await self._beside(self._shelf.key, file)
        try:
            card = await self._beside(read_card, self._shelf.folder, file, key)
        except EvidenceError:
            found = await self._beside(self._shelf.found, file)
            sha256 = await self._beside(_hashed, self._shelf, file, found.size)
            cut = "" if found.cause == WHOLE else found.cause.removeprefix("cut: ")
            card = await self._noted(came_from(found.about), file, found.size, sha256, cut)
        self._cards.keep(card)
        self._quotas.kept(card.came.permit, card.size)

    async def _taken(self, came: Came, file: str, closed: Closed, cut: str) -> Verdict:
        if not cut and (same := await self._known(came, closed)) is not None:
            await self._beside(self._shelf.erase, file)
            self._quotas.gone(closed.size)
            return same
        card = await self._noted(came, file, closed.size, closed.sha256, cut)
        self._cards.keep(card)
        if not card.whole:
            return card.verdict()
        verdict = await self._screened(card)
        if may_be_one(came.name, closed.size):
            for one in self._cards.unsigned(came.permit):
                self._again.put_nowait(one)
        return verdict

    async def _known(self, came: Came, closed: Closed) -> Verdict | None:
        """The word on a file that was released and came once more: one copy of it is enough."""
        found = [one for one in await self.released(came, closed.sha256) if one.size == closed.size]
        if not found:
            return None
        one = found[0]
        return Verdict(
            FileState.RELEASED, one.id, one.sha256, one.size, "file_released", "It was released before."
        )

    async def _noted(self, came: Came, file: str, size: int, sha256: str, cut: str) -> Card:
        """The ledger told of a file that lies on the disk, and its first card."""
        now = self._clock.now()
        await self._ledger.append(
            FileTakenIn(
                at=now,
                file=file,
                session=came.session,
                permit=came.permit,
                person=came.person,
                vendor=came.vendor,
                asset=came.asset,
                conduit=came.conduit,
                passage=str(came.way),
                name=shown(came.name),
                size=size,
                sha256=sha256,
                whole=not cut,
                cause=inert(cut, LONGEST_NAME),
            )
        )
        card = Card(file, came, size, sha256, not cut, inert(cut, LONGEST_NAME), instant_text(now))
        if cut:
            said = judge(Looked(sha256, size, shown(came.name), whole=False), FileRules())
            card = replace(card, state=said.state, code=said.code, sentence=said.sentence, remedy=said.remedy)
        await self._written(card)
        return card

    async def _screened(self, card: Card) -> Verdict:
        report = await self._look(card)
        fault = report.fault
        if not fault and report.sha256 != card.sha256:
            fault = "On the disk it is not what came."
        rules = self._rules(card.came)
        looked = Looked(
            card.sha256,
            card.size,
            shown(card.came.name),
            card.whole,
            report.kind,
            report.scans,
            report.contents,
            fault,
        )
        scans = tuple(one.line() for one in report.scans)
        if rules.signed_by and not fault:
            came_with = self._cards.signatures(card.came.permit)
            looked = await self._beside(self._with_signature, card, looked, report.sha512, rules, came_with)
            scans += () if looked.signs else (looked.signature.line(),)
        said = judge(looked, rules)
        names = () if report.contents is None else report.contents.names
        card = replace(
            card,
            state=said.state,
            code=said.code,
            sentence=said.sentence,
            remedy=said.remedy,
            kind=str(report.kind),
            scans=scans,
            contents=0 if report.contents is None else report.contents.count,
            names=names,
        )
        await self._ledger.append(
            FileScreened(
                at=self._clock.now(),
                file=card.id,
                session=card.came.session,
                permit=card.came.permit,
                person=card.came.person,
                asset=card.came.asset,
                conduit=card.came.conduit,
                name=shown(card.came.name),
                sha256=card.sha256,
                state=str(card.state),
                code=card.code,
                kind=card.kind,
                scans=card.scans,
                contents=card.contents,
                charter=self._charter().digest.hex(),
            )
        )
        await self._written(card)
        self._cards.keep(card)
        return card.verdict()

    async def _written(self, card: Card) -> None:
        key = await self._beside(self._shelf.key, card.id)
        await self._beside(write_card, self._shelf.folder, card, key)

    def _with_signature(
        self, card: Card, looked: Looked, sha512: str, rules: FileRules, came_with: Sequence[Card]
    ) -> Looked:
        """What is known of its signature, by what came with it. Not for the event loop."""
        if self._signs(card, rules):
            return replace(looked, signs=True)
        beside = ((one.came.name, self._text(one)) for one in came_with)
        digests = {"sha256": bytes.fromhex(card.sha256), "sha512": bytes.fromhex(sha512)}
        return replace(looked, signature=signature_of(card.came.name, digests, rules.signed_by, beside))

    def _signs(self, card: Card, rules: FileRules) -> bool:
        return may_be_one(card.came.name, card.size) and is_one(self._text(card), rules.signed_by)

    def _text(self, card: Card) -> bytes:
        """A small file's bytes; none where they are gone or changed."""
        try:
            reader = self._shelf.open(card.id, card.size)
        except EvidenceError:
            return b""
        try:
            return reader.read(0, card.size)
        except EvidenceError:
            return b""
        finally:
            reader.close()

    def _rules(self, came: Came) -> FileRules:
        conduit = self._charter().conduits.get(came.conduit)
        return FileRules() if conduit is None else conduit.screening

    def _passes(self, card: Card) -> bool:
        """Whether the charter still lets it pass without anybody's word."""
        rules = self._rules(card.came)
        known = not rules.expected or card.sha256 in rules.expected
        signed = not rules.signed_by or signed_by(card.scans, rules.signed_by) or self._signs(card, rules)
        return card.state is FileState.RELEASED and rules.at_once and known and signed

    def _turned_away(self, came: Came, error: NotTakenError) -> None:
        if (came.session, error.code) in self._told:
            return
        if len(self._told) >= MOST_REMEMBERED:
            self._told.clear()
        self._told.add((came.session, error.code))
        self._untold.put_nowait(
            FileNotTaken(
                at=self._clock.now(),
                session=came.session,
                permit=came.permit,
                person=came.person,
                asset=came.asset,
                passage=str(came.way),
                name=shown(came.name),
                code=error.code,
                sentence=error.fact,
            )
        )

    async def _tell(self) -> None:
        while True:
            event = await self._untold.get()
            try:
                await self._ledger.append(event)
            except EvidenceError as error:
                log.warning("file_not_told", fact=error.fact)

    async def _look_again(self) -> None:
        """Files without a signature, after something came that may be one."""
        while True:
            await self._look_at(await self._again.get())

    async def _look_at(self, file: str) -> None:
        try:
            await self.screen(file)
        except EvidenceError as error:
            log.warning("file_not_screened", file=file, fact=error.fact)

    async def _keep_looking(self) -> None:
        while True:
            for file in (one for code in UNSEEN for one in self._cards.of_code(code)):
                await self._look_at(file)
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _beside(self, work: Callable[..., T], *given: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._workers, work, *given)


def shown(name: bytes) -> str:
    """What the client called a file, as one line that is safe to show and to keep."""
    return inert(name.decode("utf-8", "backslashreplace"), LONGEST_NAME)


def new_id() -> str:
    """130 random bits, as a permit's or session's id has them."""
    alphabet = string.ascii_lowercase + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(26))


def _hashed(shelf: Shelf, file: str, size: int) -> str:
    reader = shelf.open(file, size)
    try:
        hashed, at = hashlib.sha256(), 0
        while data := reader.read(at, 1024 * 1024):
            hashed.update(data)
            at += len(data)
        return hashed.hexdigest()
    finally:
        reader.close()
