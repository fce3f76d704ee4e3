"""What the ledger says of the quarantine's files: the fold of its own leaves, and of nothing else. Pure.

A leaf that says that a file was released says so and no more: whoever lets bytes pass verifies what was signed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from broker.quarantine.seams import FileState
from domain.canonical import Json, instant_of, text_in, texts_in
from domain.errors import ProofError
from domain.file_release import SignedRelease

TAKEN, ERASED = "FileTakenIn", "FileErased"
NAMES = (TAKEN, "FileScreened", "FileReleased", "FileRefused", "FileDelivered", ERASED)


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file, as the ledger tells of it."""

    id: str
    at: datetime
    session: str
    permit: str
    person: str
    vendor: str
    asset: str
    conduit: str
    passage: str
    name: str
    size: int
    sha256: str
    whole: bool
    cause: str
    index: int
    """Of the leaf that it came with."""
    state: FileState = FileState.HELD
    """By what was found, and by the charter; a person's release is another thing."""
    code: str = "file_not_screened"
    kind: str = ""
    scans: tuple[str, ...] = ()
    contents: int = 0
    releases: tuple[SignedRelease, ...] = ()
    """What persons signed; whether it holds is asked elsewhere."""
    refused_by: str = ""
    refusal: str = ""
    """Why, in their words."""
    erased: bool = False
    delivered: int = 0
    """How often it went to its asset, whole."""


class Files:
    """Every file that the leaves read so far tell of, by its id and in the order in which they came."""

    def __init__(self) -> None:
        self.by_id: dict[str, KeptFile] = {}
        self.read = 0
        """The first leaf that was not looked at."""

    def learn(self, events: Iterable[tuple[int, Mapping[str, Json]]]) -> None:
        """Take in these leaves, in their order. One whose text can't be read, or was read before, changes nothing."""
        for index, event in events:
            if index < self.read:
                continue
            self.read = index + 1
            try:
                self._learn(index, event)
            except (KeyError, TypeError, ValueError, ProofError):
                continue

    def _learn(self, index: int, event: Mapping[str, Json]) -> None:
        kind, id_ = event.get("event"), text_in(event, "file")
        if kind == TAKEN:
            self.by_id.setdefault(id_, _taken(index, event))
            return
        known = self.by_id.get(id_)
        if known is None or text_in(event, "sha256") != known.sha256:
            return
        match kind:
            case "FileScreened":
                contents = event.get("contents")
                self.by_id[id_] = replace(
                    known,
                    state=FileState(text_in(event, "state")),
                    code=text_in(event, "code"),
                    kind=text_in(event, "kind"),
                    scans=texts_in(event, "scans"),
                    contents=contents if isinstance(contents, int) else 0,
                )
            case "FileReleased":
                signed = SignedRelease.of_text(text_in(event, "signed"))
                if (signed.statement.file, signed.statement.sha256) == (id_, known.sha256):
                    self.by_id[id_] = replace(known, releases=(*known.releases, signed))
            case "FileRefused":
                self.by_id[id_] = replace(
                    known, refused_by=text_in(event, "by"), refusal=text_in(event, "reason")
                )
            case "FileErased":
                self.by_id[id_] = replace(known, erased=True)
            case "FileDelivered" if text_in(event, "outcome") == "whole":
                self.by_id[id_] = replace(known, delivered=known.delivered + 1)
            case _:
                pass


def _taken(index: int, event: Mapping[str, Json]) -> KeptFile:
    size = event["size"]
    if not isinstance(size, int) or isinstance(size, bool):
        raise TypeError("a size is a number")
    return KeptFile(
        id=text_in(event, "file"),
        at=instant_of(text_in(event, "at")),
        session=text_in(event, "session"),
        permit=text_in(event, "permit"),
        person=text_in(event, "person"),
        vendor=text_in(event, "vendor"),
        asset=text_in(event, "asset"),
        conduit=text_in(event, "conduit"),
        passage=text_in(event, "passage"),
        name=text_in(event, "name"),
        size=size,
        sha256=text_in(event, "sha256"),
        whole=event.get("whole") is True,
        cause=text_in(event, "cause"),
        index=index,
    )
