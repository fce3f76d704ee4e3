"""Who may release or refuse a file: what is drawn up for a person to sign, and whether what they signed counts.

The console files by it; the gate goes by ``releases`` each time the file wants to pass.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from approvals.trust import Trust
from broker.charter.trust_files import past_trust
from broker.layout import Layout
from broker.quarantine.cards import Card, read_card
from broker.quarantine.files import KeptFile
from broker.quarantine.judging import NOT_RELEASABLE
from broker.quarantine.releases import FilesLog, Releases, Subject, seats_of
from broker.quarantine.seams import FileState
from broker.quarantine.shelf import folder_of
from broker.settings import Settings
from domain.clock import Clock
from domain.errors import DecisionError, EvidenceError
from domain.file_release import FileStatement, SignedRelease
from domain.ids import PersonId, SessionId
from domain.rights import DecisionRight
from domain.said import say
from domain.signed_statement import NONCE_BYTES
from policies.charter.charter import Charter
from policies.rights import deciders
from recorder.keyring import Keyring
from recorder.ledger.reader import LogReader
from recorder.stores.local import LocalStore

LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Standing:
    """A file, and how it stands for one visitor."""

    kept: KeptFile
    missing: tuple[DecisionRight, ...]
    """The rights that have not said yes; empty where it passes by persons' words."""
    mine: tuple[DecisionRight, ...]
    """Of these, those that this visitor may exercise."""
    releasable: bool
    decides: bool
    """Whether this visitor may say that it is not to pass."""

    @property
    def passes(self) -> bool:
        """Whether it passes, by the charter's word as it was screened, or by persons' words now."""
        by_hand = self.releasable and bool(self.kept.releases) and not self.missing
        return not self.kept.refused_by and (by_hand or self.kept.state is FileState.RELEASED)

    @property
    def state(self) -> str:
        """``erased``, ``refused``, ``released`` or ``held``."""
        if self.kept.erased:
            return "erased"
        if self.kept.refused_by or self.kept.state is FileState.REFUSED:
            return "refused"
        return "released" if self.passes else "held"


class ReleaseDesk:
    """One node's. Everything is read anew at each call. DecisionError says why not, with a stable code."""

    def __init__(
        self,
        *,
        node: str,
        files: FilesLog,
        releases: Releases,
        charter: Callable[[], Charter],
        trust: Callable[[], Trust],
        clock: Clock,
        card: Callable[[str], Card] | None = None,
    ) -> None:
        self.node = node
        self._card = card
        self._files, self._releases = files, releases
        self._charter, self._trust, self._clock = charter, trust, clock

    async def every(self, person: PersonId) -> tuple[Standing, ...]:
        """Every file that the ledger knows, the newest first, and what this person may do about it."""
        known = (await self._files.now()).by_id
        return tuple(self._standing(one, person) for one in reversed(known.values()))

    async def find(self, file: str, person: PersonId) -> Standing | None:
        """One of them; None where there is none of this id."""
        kept = (await self._files.now()).by_id.get(file)
        return None if kept is None else self._standing(kept, person)

    async def one(self, file: str, person: PersonId) -> Standing:
        """One of them."""
        stands = await self.find(file, person)
        if stands is None:
            raise DecisionError(say("The quarantine knows no such file."), code="no_such_file")
        return stands

    def contents(self, file: str) -> tuple[str, ...]:
        """What an archive holds, the first of it, as far as this node's disk still says. Not for the event loop."""
        try:
            return () if self._card is None else self._card(file).names
        except EvidenceError:  # erased, or another volume that is not there
            return ()

    async def draw_up(
        self, person: PersonId, file: str, reason: str, until: datetime, *, any_permit: bool = False
    ) -> FileStatement:
        """What this person is to sign; under the first right that still needs a yes and is theirs."""
        stands = await self.one(file, person)
        kept = stands.kept
        self._open(stands, person)
        now = self._clock.now()
        if not now < until <= now + LONGEST:
            raise DecisionError(
                say("A release holds for a year at most, and ends after now."), code="bad_until"
            )
        subject = Subject.of_kept(kept)
        try:
            return FileStatement(
                node=self.node,
                file=kept.id,
                sha256=kept.sha256,
                size=kept.size,
                seen=subject.seen,
                asset=kept.asset,
                conduit=kept.conduit,
                permit="" if any_permit else kept.permit,
                until=until.replace(microsecond=0),
                right=stands.mine[0],
                reason=" ".join(reason.split()),
                by=person,
                at=now,
                charter=self._charter().digest.hex(),
                trust=self._trust().digest().hex(),
                nonce=secrets.token_bytes(NONCE_BYTES),
            )
        except ValueError as error:
            raise DecisionError(f"This can't be filed: {error}.", code="not_understood") from error

    async def take(self, signed: SignedRelease) -> KeptFile:
        """The file, when this signed yes counts now; ProofError or DecisionError else. Nothing is filed here."""
        said = signed.statement
        stands = await self.one(said.file, said.by)
        self._open(stands, said.by)
        if said.right not in stands.mine or said.node != self.node:
            raise _not_yours()
        self._releases.verify(signed)
        if not self._releases.holds(
            Subject.of_kept(stands.kept), signed, self._clock.now(), stands.kept.permit
        ):
            raise DecisionError(
                say("The file was looked at again, or is another by now than the one that was signed."),
                code="file_changed",
                remedy=say("Look at the page again, and sign what is there now."),
            )
        return stands.kept

    async def refuse(self, person: PersonId, file: str) -> KeptFile:
        """The file, when this person may say that it is not to pass."""
        stands = await self.one(file, person)
        kept = stands.kept
        if kept.refused_by or kept.erased or kept.state is FileState.REFUSED:
            raise DecisionError(say("This file does not pass already."), code="file_refused")
        if not stands.decides:
            raise _not_yours()
        return kept

    def _open(self, stands: Standing, person: PersonId) -> None:
        kept = stands.kept
        if person == kept.person:
            raise DecisionError(say("Nobody releases a file that they brought."), code="own_file")
        if kept.refused_by or kept.erased or kept.state is FileState.REFUSED:
            raise DecisionError(
                say("Nobody can release this file any more."),
                code="file_refused",
                remedy=say("The vendor sends another one, or the same one again."),
            )
        if not stands.releasable:
            raise DecisionError(
                say("Nobody has looked at this file to its end, so nobody can release it."),
                code=kept.code,
                remedy=say("See to the scanner; the file is looked at again by itself."),
            )
        if not stands.missing:
            raise DecisionError(say("This file is released already."), code="already_released")
        if not stands.mine:
            raise _not_yours()

    def _standing(self, kept: KeptFile, person: PersonId) -> Standing:
        now, charter, subject = self._clock.now(), self._charter(), Subject.of_kept(kept)
        seats = seats_of(charter, subject, now)
        missing = self._releases.missing(subject, kept.releases, now)
        signed = {
            one.statement.by for one in kept.releases if self._releases.holds(subject, one, now, kept.permit)
        }
        mine = tuple(
            dict.fromkeys(one for one in missing if person in deciders(seats, one) and person not in signed)
        )
        releasable = (
            kept.state is not FileState.REFUSED and kept.code not in NOT_RELEASABLE and not kept.erased
        )
        decides = any(person in deciders(seats, right) for right in {one.right for one in seats})
        return Standing(kept, missing, mine, releasable, decides)


def release_desk_of(
    layout: Layout,
    settings: Settings,
    charter: Callable[[], Charter],
    trust: Callable[[], Trust],
    log: LogReader,
    clock: Clock,
) -> ReleaseDesk:
    """A console's. It reads what lies in archives from the gate's cards, and opens no file."""
    folder = folder_of(layout, settings)
    keys, store = Keyring(layout.recording_key), LocalStore(folder, reserve_bytes=0)
    files = FilesLog(log)
    return ReleaseDesk(
        node=settings.ledger.origin,
        files=files,
        releases=Releases(files, charter, trust, partial(past_trust, layout), clock),
        charter=charter,
        trust=trust,
        clock=clock,
        card=lambda file: read_card(folder, file, keys.unwrapped(store.read_key, SessionId(file))),
    )


def _not_yours() -> DecisionError:
    return DecisionError(
        say("This is not yours to decide: another right, or another person, has to."),
        code="not_holder",
        remedy=say("Ask the holder; the page 'Voids' says who it is."),
    )
