"""Which files persons of the plant have released: read from the ledger, believed for the signatures alone, asked anew each time.

A yes counts while its person may give it: key, right, charter and what was found about the file must all be what they were. A file
passes when every right that a permit over this way needs has said yes (``data_out`` apart: nothing leaves), each by its quorum.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from approvals.releasing import verify_release
from approvals.trust import Trust
from broker.quarantine.cards import Card
from broker.quarantine.files import NAMES, Files, KeptFile
from broker.quarantine.seams import Came
from domain.clock import Clock
from domain.delegation import Stake
from domain.errors import ProofError
from domain.file_release import SignedRelease, seen_digest
from domain.ids import AssetId, ConduitId, PersonId
from domain.rights import DecisionRight
from domain.voices import Seat, unfilled
from policies.charter.charter import Charter
from policies.rights import required_rights, seats_for
from recorder.ledger.reader import LogReader

MOST_LEAVES = 10_000_000


@dataclass(frozen=True, slots=True)
class Subject:
    """A file that is to be released, whoever tells of it: the gate's card, or the ledger."""

    id: str
    sha256: str
    size: int
    seen: str
    asset: AssetId
    conduit: ConduitId
    permit: str
    person: PersonId
    """Who brought it: never one of those who release it."""

    @staticmethod
    def of_card(card: Card) -> "Subject":
        """As the gate knows it."""
        came, seen = card.came, seen_digest(card.sha256, card.code, card.kind, card.scans, card.contents)
        return Subject(
            card.id, card.sha256, card.size, seen, came.asset, came.conduit, came.permit, came.person
        )

    @staticmethod
    def of_kept(kept: KeptFile) -> "Subject":
        """As the ledger tells of it."""
        seen = seen_digest(kept.sha256, kept.code, kept.kind, kept.scans, kept.contents)
        return Subject(
            kept.id,
            kept.sha256,
            kept.size,
            seen,
            AssetId(kept.asset),
            ConduitId(kept.conduit),
            kept.permit,
            PersonId(kept.person),
        )


class FilesLog:
    """The fold of the ledger's leaves about files, which reads on from where it stopped."""

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self._files = Files()
        self._turn = asyncio.Lock()

    async def now(self) -> Files:
        """Every file, by all leaves that are published. The same object each time."""
        async with self._turn:
            await asyncio.to_thread(self._read_on)
        return self._files

    def _read_on(self) -> None:
        size = self._log.size
        if size <= self._files.read:
            return
        kept = self._log.find(event=NAMES, start=self._files.read, newest_first=False, limit=MOST_LEAVES)
        self._files.learn((one.index, one.event) for one in kept)
        self._files.read = max(self._files.read, size)


class Releases:
    """One node's. ``past_trust`` gives the trust file of a digest, where it is kept."""

    def __init__(
        self,
        files: FilesLog,
        charter: Callable[[], Charter],
        trust: Callable[[], Trust],
        past_trust: Callable[[str], Trust | None],
        clock: Clock,
    ) -> None:
        self._files = files
        self._charter, self._trust, self._past_trust = charter, trust, past_trust
        self._clock = clock

    async def approved(self, came: Came, cards: Collection[Card]) -> frozenset[str]:
        """Those of ``cards`` that persons released for this permit, asset and instant."""
        if not cards:
            return frozenset()
        known = (await self._files.now()).by_id
        now = self._clock.now()
        return frozenset(
            card.id
            for card in cards
            if (told := known.get(card.id)) is not None
            and not told.refused_by
            and told.releases
            and not self.missing(Subject.of_card(card), told.releases, now, came.permit)
        )

    def missing(
        self, subject: Subject, releases: Collection[SignedRelease], now: datetime, permit: str = ""
    ) -> tuple[DecisionRight, ...]:
        """The rights that have not said yes to it, each as often as it needs one; for ``permit``, or the one it came under."""
        seats = seats_of(self._charter(), subject, now)
        given = tuple(
            (one.statement.right, one.statement.by)
            for one in releases
            if self.holds(subject, one, now, permit or subject.permit)
        )
        return unfilled(seats, given) if seats else (DecisionRight.CONNECT,)

    def holds(self, subject: Subject, signed: SignedRelease, now: datetime, permit: str) -> bool:
        """Whether this yes is about this very file, not over, and signed by a key that its person still has."""
        said = signed.statement
        about = (said.file, said.sha256, said.size, said.seen, said.asset, said.conduit)
        if about != (subject.id, subject.sha256, subject.size, subject.seen, subject.asset, subject.conduit):
            return False
        if said.permit not in {"", permit} or not said.at <= now < said.until:
            return False
        try:
            self.verify(signed)
        except ProofError:
            return False
        return True

    def verify(self, signed: SignedRelease) -> None:
        """Return when its person's key signed it, then and now; ProofError else."""
        conduit = self._charter().conduits.get(ConduitId(signed.statement.conduit))
        accepted = conduit.proofs if conduit is not None else frozenset()
        trust = self._trust()
        if trust.digest().hex() != signed.statement.trust:
            # Enrolled then, and not taken out since: whoever lost their key meanwhile lets nothing pass.
            verify_release(signed, self._past_trust(signed.statement.trust) or trust, accepted)
        verify_release(signed, trust, accepted)


def seats_of(charter: Charter, subject: Subject, at: datetime) -> tuple[Seat, ...]:
    """Every yes that this file needs and who could say it; none where the charter knows no such way any more.

    A delegate must have been given all that the conduit lets be done, in every state: a file may do any of it.
    """
    if subject.asset not in charter.assets or subject.conduit not in charter.conduits:
        return ()
    conduit = charter.conduits[subject.conduit]
    return seats_for(
        charter,
        required_rights(charter, subject.asset, subject.conduit),
        asset=subject.asset,
        conduit=subject.conduit,
        stake=Stake(conduit.actions, conduit.states),
        requester=subject.person,
        at=at,
    )
