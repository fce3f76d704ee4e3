"""What holders attested: a file beside the plant's trust file, one signed statement a line, only ever added to.

Whoever edits it can take a line away, and then something lapses; a line that does not verify against
the trust file was not made. So neither this file nor any database has to be believed.
"""

from collections.abc import Callable
from pathlib import Path

import structlog

from approvals.attesting import Attestation, verify_attestation
from approvals.proofs import Spent
from approvals.trust import Trust
from broker.charter.standing_templates import read_templates, stamp
from broker.growing_file import append_line
from domain.attestation import Statement
from domain.errors import ProofError
from domain.proof import TotpProof
from domain.template import is_about_template
from policies.charter.charter import Charter

log = structlog.get_logger()

LONGEST_BYTES = 16 * 1024 * 1024
"""About ten thousand statements. What is beyond is not read: a file that somebody filled must not stop the gate."""


def record(path: Path, attestation: Attestation) -> None:
    """Add a statement, on disk when this returns; its leaf is in the ledger already. EvidenceError if it can't be."""
    append_line(path, attestation.line())


class AttestedCharter:
    """The charter as it counts now: what was taken over ends where nobody attested it.

    With it come the standing templates in ``templates``, and who signed them. Looks at the files and the trust at
    each call, and reckons again only when one of them changed.
    """

    def __init__(
        self,
        charter: Callable[[], Charter],
        path: Path,
        trust: Callable[[], Trust],
        spent: Spent,
        templates: Path | None = None,
    ) -> None:
        self._charter = charter
        self._path = path
        self._trust = trust
        self._spent = spent
        self._templates = templates
        self._seen: tuple[object, ...] = ()
        self._attested: Charter | None = None

    def __call__(self) -> Charter:
        """The charter in force; ConfigError when the trust file is missing or damaged."""
        charter, trust = self._charter(), self._trust()
        listed = stamp(self._templates) if self._templates else None
        seen = (charter, trust, stamp(self._path), listed)
        if self._attested is None or not _same(seen, self._seen):
            said = read_attestations(self._path, trust, self._spent)
            written = read_templates(self._templates) if self._templates and listed else ()
            self._attested = charter.attested(said, written)
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
            one = Attestation.of_line(line)
            found.append(verify_attestation(one, trust, spent))
        except ProofError as error:
            log.warning("attestation_does_not_verify", line=number, fact=error.fact)
            continue
        if is_about_template(one.statement.subject) and isinstance(one.proof, TotpProof):
            log.warning("template_not_signed", line=number, fact="a one-time code signs nothing")
            found.pop()
    return tuple(found)


def _same(now: tuple[object, ...], before: tuple[object, ...]) -> bool:
    # Charter and trust by identity: they are values that are read anew when their files change.
    return bool(before) and now[0] is before[0] and now[1] is before[1] and now[2:] == before[2:]
