"""The two ends of a recording: what it says of itself at the start, and the seal that closes it."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.canonical import Json, canonical, instant_of, instant_text, parse
from domain.errors import EvidenceError, PenstockError
from domain.ids import SessionId, is_token

SCHEMA = "penstock-recording/1"
MAGIC = b"\x89PNR\r\n\x1a\n"  # as in PNG: shows at once when a transfer changed bytes or line ends
VERSION = 1
CIPHER_AES_256_GCM = 1
HASH_SHA_256 = 1
COMPRESSION_ZSTD = 1
PREAMBLE = struct.Struct(">8sBBBBI")
"""magic, version, cipher, hash, compression, header length: 16 bytes."""

MAX_HEADER_BYTES = 64 * 1024
SEAL_MAGIC = b"PNRSEAL\x01"
SEAL = struct.Struct(">8sQ32s")
"""magic, number of frames, head of the chain: 48 bytes, the last of a sealed recording."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a recording says of itself, readable without a key.

    ``about`` is what the gate knew at the start: at least ``permit`` (id) and ``digest`` (hex).
    ``key_commitment`` is SHA-256 over the recording's key (see ``cipher.commitment``).
    """

    session: SessionId
    started_at: datetime
    key_commitment: bytes
    about: Mapping[str, Json]

    def encode(self) -> tuple[bytes, bytes]:
        """The preamble and the header that follows it; ValueError when it is longer than 64 KiB."""
        text = canonical(
            {
                "schema": SCHEMA,
                "session": self.session,
                "started_at": instant_text(self.started_at),
                "key_commitment": self.key_commitment.hex(),
                "about": self.about,
            }
        )
        if len(text) > MAX_HEADER_BYTES:
            raise ValueError("a recording's header is 64 KiB at most")
        algorithms = (CIPHER_AES_256_GCM, HASH_SHA_256, COMPRESSION_ZSTD)
        return PREAMBLE.pack(MAGIC, VERSION, *algorithms, len(text)), text

    @staticmethod
    def of(text: bytes) -> "Header":
        """The header in these bytes; EvidenceError for anything that ``encode`` does not write."""
        try:
            header = _header(parse(text))
        except (KeyError, TypeError, ValueError, PenstockError) as error:
            raise EvidenceError(f"This is not a recording's header: {error}") from error
        if header.encode()[1] != text:
            raise EvidenceError("This is not a recording's header: it is written in another form.")
        return header


def _header(document: Json) -> Header:
    if not isinstance(document, Mapping) or document["schema"] != SCHEMA:
        raise ValueError("its schema is another")
    about, session = document["about"], document["session"]
    if not isinstance(about, Mapping) or not isinstance(session, str) or not is_token(session):
        raise ValueError("its session or its description can't be what it says")
    key_commitment = bytes.fromhex(str(document["key_commitment"]))
    if len(key_commitment) != 32:
        raise ValueError("its key commitment is not 32 bytes")
    return Header(SessionId(session), instant_of(str(document["started_at"])), key_commitment, about)


def header_length(preamble: bytes) -> int:
    """How many header bytes follow this preamble; EvidenceError when we can't read such a file."""
    if len(preamble) < PREAMBLE.size or not preamble.startswith(MAGIC):
        raise EvidenceError("This is not a Penstock recording: it does not begin as one.")
    _, version, cipher, digest, compression, length = PREAMBLE.unpack(preamble)
    if version != VERSION:
        raise EvidenceError(f"This recording has format version {version}; we read version {VERSION}.")
    if (cipher, digest, compression) != (CIPHER_AES_256_GCM, HASH_SHA_256, COMPRESSION_ZSTD):
        raise EvidenceError("This recording names an algorithm that we do not know.")
    if not 0 < length <= MAX_HEADER_BYTES:
        raise EvidenceError("This recording's header is longer than 64 KiB, or empty.")
    return int(length)


def encode_seal(frames: int, head: bytes) -> bytes:
    """The 48 bytes that close a recording."""
    return SEAL.pack(SEAL_MAGIC, frames, head)


def decode_seal(data: bytes) -> tuple[int, bytes]:
    """Number of frames and head, from a recording's last 48 bytes; EvidenceError when it is no seal."""
    if len(data) != SEAL.size or not data.startswith(SEAL_MAGIC):
        raise EvidenceError("There is no seal at the end of this recording.")
    _, frames, head = SEAL.unpack(data)
    return frames, head
