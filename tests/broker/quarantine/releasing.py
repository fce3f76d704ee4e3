"""Persons of the plant with their keys, a ledger that can be read, and the two desks that go by it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from approvals.trust import Trust
from broker.quarantine.release_desk import ReleaseDesk
from broker.quarantine.releases import FilesLog, Releases
from domain.canonical import Json
from domain.events import FileRefused, FileReleased, document
from domain.file_release import NAMESPACE, FileStatement, SignedRelease
from domain.ids import AssetId, PersonId, SessionId
from domain.proof import SshProof
from policies.charter.charter import Charter
from recorder.ledger.reader import Kept
from tests.approvals.ssh import SoftKey
from tests.broker.quarantine.store import CAME, Place

PEOPLE = ("petra", "iris", "sven", "olga", "ana")


@dataclass
class Persons:
    """Everybody with a key, and one who has lost it where a test says so."""

    place: Place
    charter: Charter
    keys: dict[str, SoftKey] = field(default_factory=lambda: {one: SoftKey() for one in PEOPLE})
    lost: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        files = FilesLog(self)  # type: ignore[arg-type] # what it asks of a log
        self.releases = Releases(files, lambda: self.charter, self.trust, lambda _: None, self.place.clock)
        self.desk = ReleaseDesk(
            node="plant.example/1",
            files=files,
            releases=self.releases,
            charter=lambda: self.charter,
            trust=self.trust,
            clock=self.place.clock,
        )
        self.place.approved = self.releases.approved

    def trust(self) -> Trust:
        keys = {PersonId(one): (key.enrolled(),) for one, key in self.keys.items() if one not in self.lost}
        return Trust("localhost", ("https://localhost:8443",), signing_keys=keys)

    @property
    def size(self) -> int:
        return len(self.place.told.events)

    def find(self, *, event: Any, start: int, **_: object) -> Iterator[Kept]:
        for index, one in enumerate(self.place.told.events[start:], start):
            told: Mapping[str, Json] = document(one)
            if told["event"] in event:
                yield Kept(index, told)

    def signed(self, statement: FileStatement, by: str = "") -> SignedRelease:
        proof = SshProof(
            statement.message(), self.keys[by or statement.by].sign(statement.message(), NAMESPACE)
        )
        return SignedRelease(statement, proof)

    async def signs(
        self, person: str, file: str, *, any_permit: bool = False, days: int = 1
    ) -> SignedRelease:
        """Drawn up, signed, taken and told."""
        until = self.place.clock.now() + timedelta(days=days)
        statement = await self.desk.draw_up(
            PersonId(person), file, "It is the vendor's.", until, any_permit=any_permit
        )
        signed = self.signed(statement)
        await self.desk.take(signed)
        await self.file(signed)
        return signed

    async def file(self, signed: SignedRelease) -> None:
        said = signed.statement
        await self.place.told.append(
            FileReleased(
                at=self.place.clock.now(), file=said.file, session=SessionId(CAME.session), asset=AssetId(said.asset),
                permit=said.permit, sha256=said.sha256, by=said.by, right=str(said.right), until=said.until,
                reason=said.reason, signed=signed.text(),
            )
        )  # fmt: skip

    async def refuses(self, person: str, file: str) -> None:
        kept = await self.desk.refuse(PersonId(person), file)
        await self.place.told.append(
            FileRefused(
                at=self.place.clock.now(), file=file, session=SessionId(kept.session), asset=AssetId(kept.asset),
                sha256=kept.sha256, by=PersonId(person), reason="Not ours.",
            )
        )  # fmt: skip
