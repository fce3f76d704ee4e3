"""What holders attested: a file beside the plant's trust file, one signed statement a line, only ever added to.

Whoever edits it can take a line away, and then something lapses; a line that does not verify against
the trust file was not made. So neither this file nor any database has to be believed.
"""

import os
from collections.abc import Callable
from pathlib import Path

import structlog

from approvals.attesting import Attestation, verify_attestation
from approvals.proofs import Spent
from approvals.trust import Trust
from domain.attestation import Statement
from domain.errors import EvidenceError, ProofError
from policies.charter.charter import Charter

log = structlog.get_logger()

LONGEST_BYTES = 16 * 1024 * 1024
"""About ten thousand statements. What is beyond is not read: a file that somebody filled must not stop the gate."""


def record(path: Path, attestation: Attestation) -> None:
    """Add a statement, on disk when this returns; its leaf is in the ledger already. EvidenceError if it can't be."""
    line = attestation.line()
    try:
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        try:
            size = os.fstat(file).st_size
            # A last line without its end is one that power was lost in: it is no statement, and must not spoil this.
            torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
            os.write(file, (b"\n" if torn else b"") + line)
            os.fsync(file)
        finally:
            os.close(file)
    except OSError as error:
        raise EvidenceError(
            f"The attestation can't be written down: {error.strerror}.",
            remedy=f"Make {path} writable, and attest again.",
        ) from error


class AttestedCharter:
    """The charter as it counts now: what was taken over ends where nobody attested it.

    Looks at the file and the trust at each call, and reckons again only when one of them changed.
    """

    def __init__(
        self, charter: Callable[[], Charter], path: Path, trust: Callable[[], Trust], spent: Spent
    ) -> None:
        self._charter = charter
        self._path = path
        self._trust = trust
        self._spent = spent
        self._seen: tuple[object, ...] = ()
        self._attested: Charter | None = None

    def __call__(self) -> Charter:
        """The charter in force; ConfigError when the trust file is missing or damaged."""
        charter, trust = self._charter(), self._trust()
        seen = (charter, trust, _look(self._path))
        if self._attested is None or not _same(seen, self._seen):
            self._attested = charter.attested(read_attestations(self._path, trust, self._spent))
            self._seen = seen
        return self._attested


def read_attestations(path: Path, trust: Trust, spent: Spent) -> tuple[Statement, ...]:
    """Every statement in the file whose proof verifies now. No file is no statement."""
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST_BYTES)
    except OSError as error:
        if not isinstance(error, FileNotFoundError):
            log.warning("attestations_not_read", path=str(path), fact=error.strerror)
        return ()
    found = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line:
            continue
        try:
            found.append(verify_attestation(Attestation.of_line(line), trust, spent))
        except ProofError as error:
            log.warning("attestation_does_not_verify", line=number, fact=error.fact)
    return tuple(found)


def _look(path: Path) -> tuple[int, int, int] | None:
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_ino, seen.st_mtime_ns, seen.st_size


def _same(now: tuple[object, ...], before: tuple[object, ...]) -> bool:
    # Charter and trust by identity: they are values that are read anew when their files change.
    return len(before) == 3 and now[0] is before[0] and now[1] is before[1] and now[2] == before[2]
