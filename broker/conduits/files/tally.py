"""How many files and bytes may go each way, in all, and how many have: of a session, or of its permit where that says numbers. Pure.

Counted is what goes between the client and the asset or the quarantine. What a file takes is counted before it goes, so the bound
holds to the byte. What is counted lives as long as this process: after a restart a permit begins anew, and its evidence does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from broker.conduits.files.outputs import FileOutput, Say
from broker.conduits.files.roots import MIB, Roots
from domain.access import Flow
from domain.output import Answer, ToVendor

WAYS = (Flow.GET, Flow.PUT)
USUAL_FILES, USUAL_BYTES = 200_000, 64 * 1024 * MIB
"""What one session may move each way where its permit says no number."""

MOST_KEPT = 10_000
REMEDY = "What to do: ask for a permit that says a larger number, or bring less."
MANY = Answer(
    "file_most_files",
    "No more files may go this way: as many have as the session or its permit may move.",
    b"",
)
MUCH = Answer(
    "file_most_bytes",
    "No more may go this way: as many bytes have as the session or its permit may move.",
    b"",
)


@dataclass(slots=True)
class Count:
    """One number, and how much of it is used up."""

    most: int
    used: int = 0

    def take(self, number: int) -> bool:
        """Use up ``number`` more; False, and nothing is, where that is beyond."""
        if self.used + number > self.most:
            return False
        self.used += number
        return True


@dataclass(slots=True)
class Tally:
    """What one channel is held to: shared with every other of its session, or of its permit."""

    files: dict[Flow, Count] = field(default_factory=lambda: {one: Count(USUAL_FILES) for one in WAYS})
    octets: dict[Flow, Count] = field(default_factory=lambda: {one: Count(USUAL_BYTES) for one in WAYS})
    _told: set[tuple[str, Flow]] = field(default_factory=set)

    def room(self, flow: Flow) -> Answer | None:
        """Why no further file may be begun that way; None where one may."""
        count, much = self.files[flow], self.octets[flow]
        return MANY if count.used >= count.most else MUCH if much.used >= much.most else None

    def begin(self, flow: Flow) -> bool:
        """One more file; whether it may be."""
        return self.files[flow].take(1)

    def take(self, flow: Flow, octets: int) -> bool:
        """So many more bytes; whether they may go."""
        return self.octets[flow].take(octets)

    def refuse(self, flow: Flow, why: Answer, data: bytes) -> Iterator[FileOutput]:
        """Answer ``data``; the first time each way it is told as well: a client asks many times more by itself."""
        if (why.code, flow) in self._told:
            yield ToVendor(data)
            return
        self._told.add((why.code, flow))
        yield Answer(why.code, why.sentence, data)
        yield Say(f"penstock: refused [{why.code}]: {why.sentence} {REMEDY}")


class Tallies:
    """Those of all sessions and permits that this process has seen."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, Flow, str], Count] = {}

    def of(self, session: str, permit: str, roots: Roots) -> Tally:
        """What a channel of ``session`` is held to, by what its permit says."""
        tally = Tally()
        for flow in WAYS:
            files, octets = roots.most(flow)
            tally.files[flow] = self._count(session, permit, (flow, "files"), files, USUAL_FILES)
            tally.octets[flow] = self._count(session, permit, (flow, "bytes"), octets, USUAL_BYTES)
        return tally

    def _count(
        self, session: str, permit: str, what: tuple[Flow, str], said: int | None, usual: int
    ) -> Count:
        key = (session if said is None else permit, *what)
        count = self._counts.pop(key, None) or Count(0)
        count.most = usual if said is None else said
        self._counts[key] = count
        while len(self._counts) > MOST_KEPT:
            del self._counts[next(iter(self._counts))]
        return count
