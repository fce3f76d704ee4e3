"""Signed text: C2SP signed-note, with the suites of ``suites.py``.

A note is its text, an empty line, and one line per signature. Who reads one trusts named keys; a
line by any other key says nothing, and is skipped, so that keys can be changed and witnesses added.
"""

import hashlib
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from domain.errors import EvidenceError
from recorder.ledger.suites import Suite, suite_of, verifies

MAX_NOTE_BYTES = 256 * 1024
"""Far above sixteen post-quantum signatures, which a verifier must accept."""


def key_id(name: str, public_key: bytes, suite: Suite = Suite.ED25519) -> bytes:
    """The four bytes that tell keys of one name apart; an index, not a proof."""
    return hashlib.sha256(name.encode() + b"\n" + suite.byte + public_key).digest()[:4]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A key that is trusted to sign under ``name``. ``public_key`` is as long as its suite says."""

    name: str
    public_key: bytes
    suite: Suite = Suite.ED25519

    def __post_init__(self) -> None:
        if not is_key_name(self.name):
            raise ValueError("a key needs a name without spaces or plus signs")
        if len(self.public_key) != self.suite.key_bytes:
            raise ValueError(f"a key of this type has {self.suite.key_bytes} bytes")

    @property
    def id(self) -> bytes:
        """The key's four-byte id."""
        return key_id(self.name, self.public_key, self.suite)

    def text(self) -> str:
        """The key in one line, as people hand it on: name, id in hex, type and key in base 64."""
        return f"{self.name}+{self.id.hex()}+{b64encode(self.suite.byte + self.public_key).decode()}"

    @staticmethod
    def of(text: str) -> "VerifierKey":
        """The key that ``text()`` wrote; EvidenceError for anything else, or for a wrong id."""
        name, _, rest = text.strip().partition("+")
        hexed, _, encoded = rest.partition("+")
        try:
            material = b64decode(encoded, validate=True)
            found = VerifierKey(name, material[1:], suite_of(material))
        except (ValueError, Base64Error) as error:
            raise EvidenceError(f"{text!r} is not a verifier key: {error}.") from error
        if found.text() != f"{name}+{hexed}+{encoded}":
            raise EvidenceError(f"{text!r} is not a verifier key, or its id is not that key's.")
        return found

    def verifies(self, signature: bytes, body: str) -> bool:
        """Whether this key made ``signature`` over a note's text; EvidenceError where its suite signs no such text."""
        return verifies(self.suite, self.name, self.public_key, signature, body)


def vkey_of(name: str, public_key: bytes) -> str:
    """The line by which people hand on a log's public key (32 bytes)."""
    return VerifierKey(name, public_key).text()


def is_key_name(name: str) -> bool:
    """Whether ``name`` may name a key: not empty, no white space of any kind, no plus sign."""
    return name.isprintable() and name == "".join(name.split()) and name != "" and "+" not in name


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One line below a note's text: who says to have signed, with which key, and the signature."""

    name: str
    key_id: bytes
    signature: bytes

    def text(self) -> str:
        """The line, with its newline."""
        return f"— {self.name} {b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends in a newline, and the signatures under it, known or not."""

    body: str
    lines: tuple[SignatureLine, ...]

    def text(self) -> str:
        """The whole note."""
        return self.body + "\n" + "".join(line.text() for line in self.lines)

    @staticmethod
    def of(data: bytes) -> "Note":
        """The note in ``data``, not yet checked against any key; EvidenceError for anything else."""
        if len(data) > MAX_NOTE_BYTES:
            raise EvidenceError(f"A note of {len(data)} bytes is longer than {MAX_NOTE_BYTES}.")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise EvidenceError("A note must be UTF-8.") from error
        if any(char < " " and char != "\n" for char in text):
            raise EvidenceError("A note must not hold control characters.")
        head, gap, tail = text.rpartition("\n\n")
        if not gap or not tail.endswith("\n"):
            raise EvidenceError("A note needs an empty line, and signature lines below it.")
        return Note(head + "\n", tuple(_line(line) for line in tail[:-1].split("\n")))

    def signed_by(self, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
        """Those of ``keys`` that signed this text.

        EvidenceError when none did, or when a line under the name and id of a known key is false.
        """
        known = {(key.name, key.id): key for key in keys}
        found: list[VerifierKey] = []
        for line in self.lines:
            key = known.get((line.name, line.key_id))
            if key is None:
                continue
            if not key.verifies(line.signature, self.body):
                raise EvidenceError(
                    f"The signature by {key.name} (key {key.id.hex()}) does not verify.",
                    code="signature_false",
                )
            if key not in found:
                found.append(key)
        if not found:
            raise EvidenceError("No known key signed this note.", code="signature_missing")
        return tuple(found)


def sign(body: str, key: VerifierKey, signature: Callable[[bytes], bytes]) -> Note:
    """``body`` under one signature; ``signature`` makes it, with the private half of ``key``."""
    if not body.endswith("\n"):
        raise ValueError("a note's text ends in a newline")
    return Note(body, (SignatureLine(key.name, key.id, signature(body.encode())),))


def _line(line: str) -> SignatureLine:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    try:
        blob = b64decode(encoded, validate=True)
    except (ValueError, Base64Error) as error:
        raise EvidenceError(f"{line!r} is not a signature line.") from error
    if dash != "—" or not is_key_name(name) or len(blob) < 5:
        raise EvidenceError(f"{line!r} is not a signature line.")
    found = SignatureLine(name, blob[:4], blob[4:])
    if found.text() != f"{line}\n":
        raise EvidenceError(f"{line!r} is a signature line written in another form.")
    return found
