"""How much one session, one permit and the whole node may bring into the quarantine: asked before a byte is taken. Pure."""

from collections import deque
from dataclasses import dataclass, field

from broker.quarantine.seams import Came, QuarantineFull

MIB = 1024 * 1024
MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Quota:
    """The most of each. 0 is no bound, where that is said."""

    file_bytes: int
    session_files: int
    session_bytes: int
    session_open: int
    """Files that one session may be sending at the same time."""
    session_files_per_min: int
    permit_files: int
    permit_bytes: int
    node_bytes: int
    """0: as far as the disk lets."""


@dataclass(slots=True)
class _Used:
    files: int = 0
    octets: int = 0
    open: int = 0
    begun_s: deque[float] = field(default_factory=deque)
    """When files were begun, on the machine's own clock; of the last minute."""


class Quotas:
    """What is used of them. ``kept`` is told of what an earlier run of the node left.

    A permit's and the node's use lasts as long as the files do; a session's as long as this process.
    """

    def __init__(self, quota: Quota) -> None:
        self.quota = quota
        self._sessions: dict[str, _Used] = {}
        self._permits: dict[str, _Used] = {}
        self._octets = 0

    @property
    def octets(self) -> int:
        """All bytes that lie here."""
        return self._octets

    def kept(self, permit: str, size: int) -> None:
        """A file of this permit lies here already."""
        of_permit = self._permits.setdefault(permit, _Used())
        of_permit.files += 1
        of_permit.octets += size
        self._octets += size

    def gone(self, size: int) -> None:
        """A file was removed. What its session and permit used up stays used."""
        self._octets = max(0, self._octets - size)

    def begin(self, came: Came, expected: int, at_s: float) -> None:
        """Count one more file; QuarantineFull, with nothing counted, when there is no room for it.

        ``expected`` is the announced size, 0 where none was; ``at_s`` is read from a clock that never steps.
        """
        session = self._sessions.setdefault(came.session, _Used())
        permit = self._permits.setdefault(came.permit, _Used())
        while session.begun_s and session.begun_s[0] <= at_s - MINUTE_S:
            session.begun_s.popleft()
        most = self.quota
        if session.open >= most.session_open:
            raise _full("open", f"{session.open} files of this session are on their way at once.")
        if len(session.begun_s) >= most.session_files_per_min:
            raise _full(
                "rate",
                f"This session began {most.session_files_per_min} files within a minute.",
                "Send them more slowly, or as one archive.",
            )
        if session.files >= most.session_files or permit.files >= most.permit_files:
            raise _full("files", "This session or its permit has brought as many files as it may.")
        self._fits(came, expected, expected)
        session.files += 1
        permit.files += 1
        session.open += 1
        session.begun_s.append(at_s)

    def grow(self, came: Came, octets: int, size: int) -> None:
        """Count ``octets`` more of a file that has ``size`` bytes with them; QuarantineFull, with nothing counted, for no room."""
        self._fits(came, octets, size)
        for used in (self._sessions[came.session], self._permits[came.permit]):
            used.octets += octets
        self._octets += octets

    def done(self, came: Came) -> None:
        """A file that was begun is no longer on its way."""
        self._sessions[came.session].open -= 1

    def _fits(self, came: Came, octets: int, size: int) -> None:
        most = self.quota
        if size > most.file_bytes:
            raise _full(
                "large",
                f"A file may have {most.file_bytes // MIB} MiB here.",
                "Ask the plant for another way to bring it.",
            )
        if (
            self._sessions[came.session].octets + octets > most.session_bytes
            or self._permits[came.permit].octets + octets > most.permit_bytes
        ):
            raise _full("bytes", "This session or its permit has brought as much as it may.")
        if most.node_bytes and self._octets + octets > most.node_bytes:
            raise _full("node", "The plant's quarantine holds as much as it may.")


_ASK = "Ask the plant: it can look through what lies there, or allow more."


def _full(code: str, sentence: str, remedy: str = _ASK) -> QuarantineFull:
    return QuarantineFull(sentence, code=f"file_quota_{code}", remedy=remedy)
