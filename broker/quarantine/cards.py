"""What the gate itself knows of a file that lies in the quarantine: beside the file, under a code that needs the file's own key.

The ledger tells people what happened; this is what the gate goes by. Whoever can append a leaf, or edit a row of a database,
changes nothing here. A card that is lost is made again from the file, which is then looked at once more.
"""

import hashlib
import hmac
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from broker.quarantine.judging import NOT_RELEASABLE
from broker.quarantine.seams import Came, FileState, Verdict
from domain.access import Grant
from domain.canonical import Json, canonical, number_of, object_of, parse, text_in, text_of, texts_in
from domain.errors import EvidenceError, PenstockError
from domain.ids import AssetId, ConduitId, PermitId, PersonId, SessionId, VendorId

SCHEMA = "penstock-file/1"
ENDING = ".card"
LARGEST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Card:
    """One file. ``state`` is what was found and the charter say; what a person signed stands elsewhere."""

    id: str
    came: Came
    size: int
    sha256: str
    whole: bool
    cause: str
    at: str
    """When it was taken in (RFC 3339)."""
    state: FileState = FileState.HELD
    code: str = "file_not_screened"
    sentence: str = "Nobody has looked at it yet."
    remedy: str = ""
    kind: str = "unknown"
    scans: tuple[str, ...] = ()
    contents: int = 0
    names: tuple[str, ...] = ()
    """What an archive holds, the first of it. Left on the disk by whoever keeps many cards in memory."""

    @property
    def releasable(self) -> bool:
        """Whether somebody of the plant may release it as things stand."""
        return self.state is not FileState.REFUSED and self.code not in NOT_RELEASABLE

    def verdict(self) -> Verdict:
        """What to tell whoever sent it."""
        return Verdict(self.state, self.id, self.sha256, self.size, self.code, self.sentence, self.remedy)

    def brief(self) -> "Card":
        """It without the list of its contents."""
        return replace(self, names=()) if self.names else self

    def document(self) -> dict[str, Json]:
        """It as JSON."""
        return {
            "schema": SCHEMA,
            "file": self.id,
            "came": about(self.came),
            "size": self.size,
            "sha256": self.sha256,
            "whole": self.whole,
            "cause": self.cause,
            "at": self.at,
            "state": str(self.state),
            "code": self.code,
            "sentence": self.sentence,
            "remedy": self.remedy,
            "kind": self.kind,
            "scans": list(self.scans),
            "contents": self.contents,
            "names": list(self.names),
        }


def about(came: Came) -> dict[str, Json]:
    """Where a file comes from and where it is to go, as JSON."""
    return {
        "session": came.session,
        "permit": came.permit,
        "person": came.person,
        "vendor": came.vendor,
        "asset": came.asset,
        "conduit": came.conduit,
        "way": str(came.way),
        "name": came.name[:4096].hex(),
    }


def came_from(document: Json) -> Came:
    """What ``about`` wrote; KeyError, TypeError or ValueError for anything else."""
    texts = {name: text_of(value) for name, value in object_of(document).items()}
    return Came(
        SessionId(texts["session"]),
        PermitId(texts["permit"]),
        PersonId(texts["person"]),
        VendorId(texts["vendor"]),
        AssetId(texts["asset"]),
        ConduitId(texts["conduit"]),
        Grant.of(texts["way"]),
        bytes.fromhex(texts["name"]),
    )


def write_card(folder: Path, card: Card, key: bytes) -> None:
    """Put the card beside its file, in place of an older one, whole or not at all; EvidenceError when it can't be.

    It need not survive loss of power: the file does.
    """
    body = canonical(card.document())
    fresh, final = folder / f"{card.id}{ENDING}.new", folder / f"{card.id}{ENDING}"
    try:
        with suppress(FileNotFoundError):
            fresh.unlink()
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(_code(body, key) + b"\n" + body)
        fresh.replace(final)
    except OSError as error:
        raise EvidenceError(f"The card of file {card.id} can't be written: {error.strerror}.") from error


def read_card(folder: Path, file: str, key: bytes) -> Card:
    """The card of ``file``; EvidenceError where there is none, or it is not what the gate wrote."""
    try:
        with (folder / f"{file}{ENDING}").open("rb") as opened:
            code, _, body = opened.read(LARGEST_BYTES).partition(b"\n")
    except OSError as error:
        raise EvidenceError(f"The card of file {file} can't be read: {error.strerror}.") from error
    if not hmac.compare_digest(code, _code(body, key)):
        raise EvidenceError(f"The card of file {file} is not the one that the gate wrote.")
    try:
        card = card_of(object_of(parse(body)))
    except (KeyError, TypeError, ValueError, PenstockError) as error:
        raise EvidenceError(f"The card of file {file} can't be read: {error!r}.") from error
    if card.id != file:
        raise EvidenceError(f"The card of file {file} is another file's.")
    return card


def drop_card(folder: Path, file: str) -> None:
    """Remove it; none there is as good."""
    with suppress(FileNotFoundError):
        (folder / f"{file}{ENDING}").unlink()


def _code(body: bytes, key: bytes) -> bytes:
    own = hashlib.sha256(b"penstock-file-card/1\x00" + key).digest()  # never the key itself: it encrypts
    return hmac.new(own, body, hashlib.sha256).hexdigest().encode()


def card_of(document: Mapping[str, Json]) -> Card:
    """What ``document`` wrote; KeyError, TypeError or ValueError for anything else."""
    if document["schema"] != SCHEMA:
        raise ValueError("its schema is another")
    texts = ("sha256", "cause", "at", "code", "sentence", "remedy", "kind")
    return Card(
        id=text_of(document["file"]),
        came=came_from(document["came"]),
        size=number_of(document["size"]),
        whole=document["whole"] is True,
        state=FileState(text_of(document["state"])),
        scans=texts_in(document, "scans"),
        contents=number_of(document["contents"]),
        names=texts_in(document, "names"),
        **{name: text_in(document, name) for name in texts},
    )
