"""Versions of the charter on the node's disk: content under its digest, applications under their number.

Nothing here is ever overwritten, and nothing here is believed: ``broker.charter.chain`` verifies what
this module reads. A proposal, which is in force nowhere, may be replaced by another.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from broker.layout import Layout
from domain.canonical import Json, canonical, parse
from domain.errors import ConfigError, PenstockError
from policies.charter.application import Application, Proposal, Signature, signature_of
from policies.charter.charter import Charter
from policies.charter.documents import FILES, read_charter
from policies.charter.impact import Impact

RESTORE = "Restore the folder from the plant's backup; the ledger says which version is in force."
PROPOSAL = "proposal.json"
IMPACT = "impact.json"


@dataclass(frozen=True, slots=True)
class Proposed:
    """What waits for signatures: the proposal, its files, and who signed so far. None of it verified."""

    proposal: Proposal
    files: Mapping[str, bytes]
    signatures: tuple[Signature, ...]
    impact: Impact | None = None
    """What it would change, where the proposal names that."""

    def charter(self) -> Charter:
        """The charter that would be in force; ConfigError when it is not the one that the proposal names."""
        return _of_digest(self.files, self.proposal.charter, "the proposed charter")


def keep_version(layout: Layout, charter: Charter, files: Mapping[str, bytes]) -> None:
    """Keep a charter's files, and its canonical document, under its digest; the same again changes nothing."""
    name = charter.digest.hex()
    layout.charters.mkdir(mode=0o700, exist_ok=True)
    folder = layout.charters / name
    if not folder.exists():
        fresh = layout.charters / f"{name}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        for one, data in files.items():
            _write(fresh / one, data)
        fresh.rename(folder)
    snapshot = layout.charters / f"{name}.json"
    if not snapshot.exists():
        fresh = snapshot.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        _write(fresh, canonical(charter.document()))
        fresh.replace(snapshot)
    _settle(layout.charters)


def version(layout: Layout, digest: bytes) -> Charter:
    """The kept charter of that digest, read anew from its files; ConfigError when it is not that one."""
    folder = layout.charters / digest.hex()
    try:
        files = {one.name: one.read_bytes() for one in sorted(folder.glob("*.toml"))}
    except OSError as error:
        raise ConfigError(
            f"A kept charter can't be read: {error.strerror}.", file=str(folder), remedy=RESTORE
        ) from error
    return _of_digest(files, digest, str(folder))


def document_of(layout: Layout, digest: bytes) -> Json | None:
    """The canonical document of the charter of that digest, where this node kept it."""
    path = layout.charters / f"{digest.hex()}.json"
    return parse(path.read_bytes()) if path.exists() else None


def keep_application(layout: Layout, application: Application) -> None:
    """Keep it under its number. ConfigError when another one has that number."""
    layout.applied.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = layout.applied / _numbered(application.proposal.version)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    _write(fresh, application.canonical())
    try:
        os.link(fresh, path)  # unlike a rename, it never replaces what somebody else applied meanwhile
    except FileExistsError as error:
        if path.read_bytes() != application.canonical():
            raise ConfigError(
                f"Version {application.proposal.version} of the charter is another one already.",
                file=str(path),
                remedy="Look at what was applied meanwhile, and propose yours again.",
            ) from error
    finally:
        fresh.unlink(missing_ok=True)
    _settle(layout.applied)


def keep_impact(layout: Layout, number: int, impact: Impact) -> None:
    """Keep what version ``number`` would change beside its application, which names it."""
    layout.applied.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = layout.applied / f"{number:06d}.{IMPACT}"
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    _write(fresh, impact.canonical())
    fresh.replace(path)


def latest(layout: Layout) -> int:
    """The number of the newest application on disk, 0 when there is none. Cheap: asked every second."""
    try:
        names = [one.name for one in layout.applied.iterdir()]
    except FileNotFoundError:
        return 0
    numbers = [int(one[:-5]) for one in names if one.endswith(".json") and one[:-5].isdigit()]
    return max(numbers, default=0)


def application(layout: Layout, number: int) -> Application:
    """The application of that number; ConfigError when it is not there or is no application."""
    path = layout.applied / _numbered(number)
    try:
        found = Application.of(path.read_bytes())
    except OSError as error:
        raise ConfigError(
            f"Version {number} of the charter can't be read: {error.strerror}.",
            file=str(path),
            remedy=RESTORE,
        ) from error
    except PenstockError as error:
        raise ConfigError(error.fact, file=str(path), remedy=RESTORE) from error
    if found.proposal.version != number:
        raise ConfigError("This application has another number.", file=str(path), remedy=RESTORE)
    return found


def versions(layout: Layout) -> Iterator[tuple[int, Charter]]:
    """Every version that was applied, by its number, the first one first."""
    for number in range(1, latest(layout) + 1):
        yield number, version(layout, application(layout, number).proposal.charter)


def propose(
    layout: Layout, proposal: Proposal, files: Mapping[str, bytes], impact: Impact | None = None
) -> Proposed:
    """Put a proposal in the place of whatever was proposed before; its signatures go with that."""
    layout.charters.mkdir(mode=0o700, exist_ok=True)
    shutil.rmtree(layout.proposed, ignore_errors=True)
    layout.proposed.mkdir(mode=0o700)
    for name in FILES:
        if name in files:
            _write(layout.proposed / name, files[name])
    if impact is not None:
        _write(layout.proposed / IMPACT, impact.canonical())
    _write(layout.proposed / PROPOSAL, proposal.canonical())
    return Proposed(proposal, files, (), impact)


def proposed(layout: Layout) -> Proposed | None:
    """What waits for signatures now; ConfigError when the folder holds something else."""
    path = layout.proposed / PROPOSAL
    if not path.exists():
        return None
    try:
        proposal = Proposal.of(path.read_bytes())
        files = {one.name: one.read_bytes() for one in sorted(layout.proposed.glob("*.toml"))}
        signed = [json.loads(one.read_bytes()) for one in sorted(layout.proposed.glob("*.signature"))]
        return Proposed(
            proposal, files, tuple(signature_of(one) for one in signed), _impact_of(layout, proposal)
        )
    except (PenstockError, ValueError, TypeError, KeyError, OSError) as error:
        raise ConfigError(
            f"The proposed charter can't be read: {error}.",
            file=str(layout.proposed),
            remedy="Propose it again: `penstock charter apply`.",
        ) from error


def _impact_of(layout: Layout, proposal: Proposal) -> Impact | None:
    if not proposal.impact:
        return None
    impact = Impact.of((layout.proposed / IMPACT).read_bytes())
    if impact.digest() != proposal.impact:
        raise PenstockError("What it would change is not what the proposal names.")
    return impact


def add_signature(layout: Layout, signature: Signature) -> None:
    """Keep one person's signature beside the proposal; a second one of theirs replaces the first."""
    path = layout.proposed / f"{signature.person}.signature"
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    _write(fresh, canonical(signature.document()))
    fresh.replace(path)


def drop_proposal(layout: Layout) -> None:
    """Nothing waits any more."""
    shutil.rmtree(layout.proposed, ignore_errors=True)


def _of_digest(files: Mapping[str, bytes], digest: bytes, where: str) -> Charter:
    charter = read_charter(files)
    if charter.digest != digest:
        raise ConfigError(
            "These files are not the charter that they are kept as: somebody changed them.",
            file=where,
            remedy=RESTORE,
        )
    return charter


def _numbered(number: int) -> str:
    return f"{number:06d}.json"


def _write(path: Path, data: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(file, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def _settle(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
