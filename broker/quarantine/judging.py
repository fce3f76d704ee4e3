"""What may become of a file: what was found out about it and what the charter asks, to one answer. Pure.

What could not be looked at is never let through: unsure means held.
"""

from dataclasses import dataclass
from enum import StrEnum

from broker.quarantine.kinds import SHUT
from broker.quarantine.seams import FileState
from broker.quarantine.signatures import Signature
from domain.screening import FileKind, FileRules

HOLDER = (
    "Wait for the plant: a holder of the right can look at it and release it. Then send the same file again."
)
SIGN = (
    "Send its vendor's detached signature first (ssh-keygen -Y sign -n file), with its name and '.sig', and then the file again. Or wait"
    " for the plant: a holder of the right can look at it and release it."
)
NO_SIGNATURE = Signature()
ANEW = "Bring another file, or ask the plant what its charter lets through."


class ScanResult(StrEnum):
    """What became of one scanner's look."""

    CLEAN = "clean"
    FOUND = "found"
    FAILED = "failed"
    """It did not answer, or not in time."""
    BEYOND = "beyond"
    """The file, or something in it, is larger than it takes."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One scanner's answer. ``what`` names what it found, or why it failed; made visible, and short."""

    scanner: str
    version: str
    outcome: ScanResult
    what: tuple[str, ...] = ()

    def line(self) -> str:
        """It in one line, for the ledger."""
        head = f"{self.scanner} {self.version}".strip()
        return f"{head}: {self.outcome}{': ' + ', '.join(self.what) if self.what else ''}"


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive holds. ``fault`` is a code where it could not be walked to its end, empty where it could."""

    count: int
    octets: int
    names: tuple[str, ...]
    """The first of them, as paths inside it, made visible."""
    fault: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of one file. ``fault`` says why nobody could look at it at all."""

    sha256: str
    size: int
    name: str
    whole: bool
    kind: FileKind = FileKind.UNKNOWN
    scans: tuple[Scan, ...] = ()
    contents: Contents | None = None
    fault: str = ""
    signature: Signature = NO_SIGNATURE
    signs: bool = False
    """Whether it is itself the signature on another, by a key of the charter's."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What may become of it, and why."""

    state: FileState
    code: str
    sentence: str
    remedy: str
    releasable: bool = True
    """Whether somebody of the plant may release it as things stand."""


NOT_RELEASABLE = frozenset({"file_not_screened", "file_not_scanned", "file_not_the_same"})
"""Codes with which a file is held and nobody may release it, before it was looked at again."""


def judge(looked: Looked, rules: FileRules) -> Judgement:
    """What may become of the file. The first reason that is against it is the one that is told."""
    return (
        _never(looked, rules)
        or _unsure(looked)
        or _found(looked)
        or _unsigned(looked, rules)
        or _waits(looked, rules)
    )


def _never(looked: Looked, rules: FileRules) -> Judgement | None:
    """What the charter does not let through at all, or what is no file."""
    if not looked.whole:
        return _refused("cut", "It did not come whole.", "Send the file again, from its first byte.")
    if rules.largest_bytes and looked.size > rules.largest_bytes:
        return _refused(
            "too_large",
            f"It has {looked.size} bytes; this conduit takes files of {rules.largest_bytes} at most.",
        )
    if rules.endings and not looked.name.lower().endswith(tuple(rules.endings)):
        return _refused("ending", f"This conduit takes files that end in {_listed(rules.endings)}.")
    if rules.kinds and not looked.fault and looked.kind not in rules.kinds:
        return _refused(
            "kind",
            f"By its contents it is of the kind '{looked.kind}'; this conduit takes {_listed(rules.kinds)}.",
        )
    return None


def _unsure(looked: Looked) -> Judgement | None:
    """What nobody could look at: it is looked at again, and released by nobody before."""
    if looked.fault:
        return _held("not_screened", f"It could not be looked at: {looked.fault}", releasable=False)
    failed = [one for one in looked.scans if one.outcome is ScanResult.FAILED]
    if failed:
        return _held("not_scanned", f"The scanner {failed[0].scanner} did not answer.", releasable=False)
    return None


def _found(looked: Looked) -> Judgement | None:
    """What was found in it, or could not be looked into; a holder may know better."""
    for scan in looked.scans:
        if scan.outcome is ScanResult.FOUND:
            return _held("found", f"The scanner {scan.scanner} found {', '.join(scan.what[:3])}.")
    contents = looked.contents
    if contents is not None and contents.fault:
        return _held(contents.fault.removeprefix("file_"), contents.sentence)
    if looked.kind in SHUT:
        return _held(
            "archive_shut", f"It is an archive of the kind '{looked.kind}', into which nobody has looked."
        )
    for scan in looked.scans:
        if scan.outcome is ScanResult.BEYOND:
            return _held("beyond_scanner", f"It is larger than the scanner {scan.scanner} takes.")
    return None


def _unsigned(looked: Looked, rules: FileRules) -> Judgement | None:
    """What no vendor has signed as the charter asks; a holder may know better."""
    if not rules.signed_by or looked.signs or looked.signature.by:
        return None
    if looked.signature.fault:
        return _held(
            "signature_wrong", f"Its signature does not count: {looked.signature.fault}", remedy=SIGN
        )
    return _held("unsigned", "No signature by a key of its vendor's came with it.", remedy=SIGN)


def _waits(looked: Looked, rules: FileRules) -> Judgement:
    if rules.expected and looked.sha256 not in rules.expected:
        return _held("not_expected", "It is not one of the files that the plant expects.")
    if not looked.scans:
        return _held("no_scanner", "No scanner of the plant has looked at it.")
    if not rules.at_once:
        return _held("waits", "Nothing was found in it. A holder of the plant has to release it.")
    return Judgement(FileState.RELEASED, "file_clean", "Nothing was found in it.", "")


def _held(code: str, sentence: str, *, releasable: bool = True, remedy: str = HOLDER) -> Judgement:
    if not releasable:
        remedy = "Wait for the plant: it will look at the file again."
    return Judgement(FileState.HELD, f"file_{code}", sentence, remedy, releasable)


def _refused(code: str, sentence: str, remedy: str = ANEW) -> Judgement:
    return Judgement(FileState.REFUSED, f"file_{code}", sentence, remedy, releasable=False)


def _listed(things: frozenset[str] | frozenset[FileKind]) -> str:
    return ", ".join(sorted(map(str, things)))
