"""Where a node keeps the time-stamps of its ledger, and the heads that wait for one. What is here survives loss of power.

``waiting/<size>`` holds a head that is to be stamped: ``checkpoint``, and ``asked``, when it was put there. Once the authority has
answered, ``token.tst``, ``crls.pem`` and ``chain.pem`` lie beside it; once the ledger knows of it, ``stamp.json`` does, and the whole
folder moves to ``kept/<size>``. It can be broken off anywhere and gone on with.
"""

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from domain.canonical import Json, canonical, instant_of, instant_text, number_of, parse, text_in
from domain.errors import EvidenceError, PenstockError
from recorder.ledger.folder import make_folders, replace, sync_folder

CHECKPOINT, ASKED, TOKEN, CRLS, CHAIN, STAMP = (
    "checkpoint",
    "asked",
    "token.tst",
    "crls.pem",
    "chain.pem",
    "stamp.json",
)
DIGITS = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """A head of ``size`` leaves that is to be stamped; ``note`` is the checkpoint as the ledger published it."""

    size: int
    note: bytes
    asked: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """A stamped head. ``leaf`` is the index of the event that tells of it; a head that is longer takes the stamp in."""

    size: int
    asked: datetime
    at: datetime
    until: datetime
    leaf: int
    folder: Path

    def read(self, name: str) -> bytes:
        """One of its files, empty where it has none of that name."""
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return b""


class Shelf:
    """One for a node. OSError when the disk won't."""

    def __init__(self, folder: Path) -> None:
        self._waiting = folder / "waiting"
        self._kept = folder / "kept"
        self._trouble = folder / "trouble.json"

    def wait(self, size: int, note: bytes, asked: datetime) -> None:
        """Put a head up to be stamped; nothing where it is there already."""
        place = self._waiting / _name(size)
        if place.exists() or (self._kept / _name(size)).exists():
            return
        beside = place.with_name(place.name + ".new")
        shutil.rmtree(beside, ignore_errors=True)
        make_folders(beside)
        replace(beside / CHECKPOINT, note, durable=True)
        replace(beside / ASKED, instant_text(asked).encode() + b"\n", durable=True)
        _move(beside, place)

    def waiting(self) -> tuple[Waiting, ...]:
        """The heads that are not done with, the oldest first."""
        return tuple(
            Waiting(size, (place / CHECKPOINT).read_bytes(), _asked(place))
            for size, place in _numbered(self._waiting)
        )

    def token(self, size: int) -> bytes:
        """The token of a head that waits, where the authority has given one; else nothing."""
        place = self._waiting / _name(size) / TOKEN
        return place.read_bytes() if place.exists() else b""

    def take(
        self,
        size: int,
        token: bytes,
        path: tuple[x509.Certificate, ...],
        crls: tuple[x509.CertificateRevocationList, ...],
    ) -> None:
        """Keep what the authority answered about a head that waits, with all that judging it took."""
        place = self._waiting / _name(size)
        replace(place / CHAIN, b"".join(one.public_bytes(Encoding.PEM) for one in path), durable=True)
        replace(place / CRLS, b"".join(one.public_bytes(Encoding.PEM) for one in crls), durable=True)
        replace(place / TOKEN, token, durable=True)

    def crls(self, size: int) -> bytes:
        """The CRLs that were kept with the token of a head that waits, PEM."""
        return (self._waiting / _name(size) / CRLS).read_bytes()

    def drop(self, size: int) -> None:
        """Forget the token of a head that waits: it is asked for again."""
        (self._waiting / _name(size) / TOKEN).unlink(missing_ok=True)

    def keep(self, size: int, *, at: datetime, until: datetime, leaf: int) -> None:
        """The ledger knows of the stamp: it is done."""
        place = self._waiting / _name(size)
        told: dict[str, Json] = {"at": instant_text(at), "until": instant_text(until), "leaf": leaf}
        replace(place / STAMP, canonical(told), durable=True)
        make_folders(self._kept)
        _move(place, self._kept / _name(size))
        sync_folder(self._waiting)

    def newest(self) -> Kept | None:
        """The longest head that is stamped; None where there is none."""
        sizes = sorted(_names(self._kept), reverse=True)
        return next((_kept(self._kept / _name(size), size) for size in sizes), None)

    def kept(self, least: int = 0) -> Iterator[Kept]:
        """The stamped heads of ``least`` leaves or more, the shortest first, each read when it is asked for."""
        for size in sorted(_names(self._kept)):
            if size >= least:
                yield _kept(self._kept / _name(size), size)

    def trouble(self) -> Mapping[str, Json]:
        """Why the last attempt came to nothing, as ``say_trouble`` wrote it; empty where it did not."""
        try:
            found = parse(self._trouble.read_bytes())
        except (FileNotFoundError, PenstockError):
            return {}
        return found if isinstance(found, Mapping) else {}

    def say_trouble(self, told: Mapping[str, Json]) -> None:
        """Keep why; nothing takes it away again."""
        if told:
            make_folders(self._trouble.parent)
            replace(self._trouble, canonical(dict(told)), durable=False)
        else:
            self._trouble.unlink(missing_ok=True)


def sha256_of(data: bytes) -> str:
    """SHA-256 in hex; empty for nothing."""
    return hashlib.sha256(data).hexdigest() if data else ""


def _name(size: int) -> str:
    return f"{size:0{DIGITS}}"


def _names(folder: Path) -> Iterator[int]:
    try:
        found = [one.name for one in folder.iterdir()]
    except FileNotFoundError:
        return
    yield from (int(one) for one in found if len(one) == DIGITS and one.isascii() and one.isdigit())


def _numbered(folder: Path) -> Iterator[tuple[int, Path]]:
    for size in sorted(_names(folder)):
        yield size, folder / _name(size)


def _asked(place: Path) -> datetime:
    return _instant((place / ASKED).read_text("ascii").strip(), place)


def _kept(place: Path, size: int) -> Kept:
    try:
        told = parse((place / STAMP).read_bytes())
        assert isinstance(told, Mapping)
        at, until = (_instant(text_in(told, name), place) for name in ("at", "until"))
        return Kept(size, _asked(place), at, until, number_of(told["leaf"]), place)
    except (OSError, PenstockError, LookupError, AssertionError, ValueError) as error:
        raise EvidenceError(
            f"The time-stamp in {place} can't be read: {error}.", remedy="Restore it from the plant's backup."
        ) from error


def _instant(text: str, place: Path) -> datetime:
    try:
        return instant_of(text)
    except ValueError as error:
        raise EvidenceError(f"{place} holds {text[:40]!r} where an instant belongs.") from error


def _move(place: Path, to: Path) -> None:
    place.rename(to)
    sync_folder(to.parent)
