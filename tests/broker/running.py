"""A gate's insides for tests: the real recorder in a folder, a ledger in a list, passages that remember."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from broker.sessions.course import Hooks
from broker.sessions.live_session import LiveSession
from broker.supervisor import Supervisor
from broker.watchdog.journal import Journal
from domain.access import Allow, Grant, PassageKind
from domain.clock import Clock
from domain.errors import EvidenceError
from domain.events import Event
from domain.ids import PersonId, SessionId, VendorId
from domain.parties import Person
from domain.permit import Permit
from recorder.format.cipher import Opener
from recorder.format.frame import Frame, Kind
from recorder.format.keys import unwrap
from recorder.format.payloads import read
from recorder.format.reader import Reader
from recorder.writer import Recorder
from tests.domain.samples import CLOSES, asset, permit

KEK = bytes(range(32))
ASSET = asset()
ANA = Person(PersonId("ana"), "Ana", VendorId("acme"))
SHELL = Grant(PassageKind.SHELL)


class Leaves:
    """A ledger that keeps its events in a list, and can be taken down."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.down = False
        self.answers = asyncio.Event()
        self.answers.set()

    async def append(self, event: Event) -> int:
        await self.answers.wait()
        if self.down:
            raise EvidenceError("The ledger is down.")
        self.events.append(event)
        return len(self.events) - 1

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@dataclass
class Tap:
    """A passage that remembers what it was told and closes when it is told to."""

    has_terminal: bool = True
    obeys: bool = True
    said: list[str] = field(default_factory=list)
    finished: list[tuple[str, str, int]] = field(default_factory=list)
    input: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.said.append(text)

    def hold_input(self) -> None:
        self.input.append("held")

    def let_input_go(self) -> None:
        self.input.append("goes on")

    def finish(self, cause: str, sentence: str, exit_status: int) -> None:
        self.finished.append((cause, sentence, exit_status))

    def closed(self) -> bool:
        return self.obeys and bool(self.finished)


class AskingTap(Tap):
    """One on whose terminal the gate asks."""

    def ask(self) -> None:
        self.input.append("asked")

    def ask_no_more(self) -> None:
        self.input.append("answered")


@dataclass
class Line:
    """A kept connection that remembers being aborted."""

    obeys: bool = True
    aborted: int = 0

    def abort(self) -> None:
        self.aborted += 1

    def closed(self) -> bool:
        return self.obeys and self.aborted > 0


def recorder_in(folder: Path, clock: Clock, **given: Any) -> Recorder:
    recordings = folder / "recordings"
    recordings.mkdir(exist_ok=True)
    options = {"reserve_bytes": 65536, "least_free_bytes": 0, "least_free_share": 0.0, "sync_every_s": 0.01}
    return Recorder(recordings, KEK, clock, **(options | given))


def supervisor_in(
    folder: Path, clock: Clock, leaves: Leaves, hooks: Hooks | None = None, **given: Any
) -> Supervisor:
    journal = Journal(folder / "leaves.journal")
    return Supervisor(recorder_in(folder, clock), leaves, clock, journal, hooks, **given)


async def opened(supervisor: Supervisor, wanted: Permit | None = None, **changed: Any) -> LiveSession:
    wanted = wanted or permit()
    allow = Allow(
        (),
        wanted.id,
        changed.get("until", CLOSES),
        changed.get("latest"),
        lock_idle_after=changed.get("lock_idle_after"),
        end_idle_after=changed.get("end_idle_after"),
    )
    return await supervisor.open(
        allow, wanted, ("approval",), person=ANA, asset=ASSET, source=changed.get("source", "192.0.2.7")
    )


def frames_of(folder: Path, session: str) -> list[Frame]:
    """The frames of a sealed recording, by the recorder's own reader; it must verify to its seal."""
    recordings = folder / "recordings"
    key = unwrap((recordings / f"{session}.key").read_bytes(), KEK, SessionId(session))
    with (recordings / f"{session}.pnr").open("rb") as file:
        reader = Reader(file)
        opener = Opener(key, reader.header.key_commitment)
        frames = [
            Frame(one.head.kind, one.head.channel, one.head.elapsed_us, opener.open(one.head, one.body))
            for one in reader.frames()
        ]
        assert reader.sealed
    return frames


def crossed(frames: list[Frame], kind: Kind) -> bytes:
    return b"".join(frame.payload for frame in frames if frame.kind is kind)


def marks(frames: list[Frame]) -> list[str]:
    return [str(read(frame.payload)["mark"]) for frame in frames if frame.kind is Kind.MARK]
