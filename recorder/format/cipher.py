"""Bodies: compressed when it pays, then encrypted under the recording's own key."""

import hashlib
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.errors import EvidenceError
from recorder.format.frame import HEAD, LINK_BYTES, MAX_PLAIN_BYTES, TAG_BYTES, Flag, Head, Kind

KEY_BYTES = 32
SMALLEST_COMPRESSED = 256
"""Shorter payloads are stored as they are: a keystroke does not shrink."""

COMPRESSION_LEVEL = 1
PAYS_BELOW = 0.9
LONGEST_PAUSE = 64
ROOM_BYTES = 1024
LARGEST_ROOM_BYTES = 768 * 1024
COMPRESSED_BYTES_PER_S = 1024 * 1024
COMPRESSED_BURST_BYTES = 4 * 1024 * 1024
SHRINKS_AWAY_BELOW = 1 / 16
"""So small, and compressing took less time than hashing, encrypting and writing the whole would have."""


def commitment(key: bytes) -> bytes:
    """A hash that fits one key only: AES-GCM alone lets two keys open the same bytes."""
    return hashlib.sha256(b"penstock-recording-key/1\x00" + key).digest()


def nonce(sequence: int) -> bytes:
    """The 96-bit nonce of a frame. Unique, for each key belongs to one recording and numbers are never reused."""
    return sequence.to_bytes(12, "big")


class Sealer:
    """Turns payloads into frames. One per recording; keeps what makes the next frame cheap."""

    def __init__(self, key: bytes) -> None:
        self._aes = AESGCM(key)
        self._thrift = _Thrift()
        self._room = memoryview(bytearray(ROOM_BYTES))

    def seal(
        self, kind: Kind, channel: int, sequence: int, elapsed_us: int, payload: bytes | memoryview
    ) -> tuple[memoryview, memoryview]:
        """The frame's head and stored body, and the same with room for the link behind it.

        Both are views of one place, which the next call writes anew.
        """
        plain_bytes = len(payload)
        flags = 1
        if plain_bytes >= SMALLEST_COMPRESSED:
            smaller = self._thrift.compressed(payload, elapsed_us)
            if smaller is not None:
                payload, flags = smaller, 3
        stored_bytes = len(payload) + TAG_BYTES
        end = HEAD.size + stored_bytes
        room = self._room
        if end + LINK_BYTES > len(room):
            room = self._roomy(end + LINK_BYTES)
        HEAD.pack_into(room, 0, kind, flags, 0, channel, sequence, elapsed_us, stored_bytes, plain_bytes)
        self._aes.encrypt_into(
            sequence.to_bytes(12, "big"), payload, room[: HEAD.size], room[HEAD.size : end]
        )
        return room[:end], room[: end + LINK_BYTES]

    def _roomy(self, size: int) -> memoryview:
        # A session that only types needs little; one that moves files keeps a larger place, so that
        # the system's pages are not fetched and given back for each frame.
        room = memoryview(bytearray(size + size // 4))
        if len(room) <= LARGEST_ROOM_BYTES:
            self._room = room
        return room


class Opener:
    """Turns stored bodies back into payloads. EvidenceError when ``key`` is not the recording's."""

    def __init__(self, key: bytes, key_commitment: bytes) -> None:
        if len(key) != KEY_BYTES or commitment(key) != key_commitment:
            raise EvidenceError("This key is not the one that this recording was written under.")
        self._aes = AESGCM(key)

    def open(self, head: Head, body: bytes) -> bytes:
        """The payload; EvidenceError when the body does not decrypt or does not unpack to its length."""
        if head.flags & Flag.ENCRYPTED:
            try:
                body = self._aes.decrypt(nonce(head.sequence), body, head.encode())
            except InvalidTag as error:
                raise EvidenceError(f"Frame {head.sequence} does not decrypt under its key.") from error
        if head.flags & Flag.COMPRESSED:
            body = _unpacked(body, head.plain_bytes)
        if len(body) != head.plain_bytes:
            raise EvidenceError(f"Frame {head.sequence} is not as long as it says.")
        return body


class _Thrift:
    """Decides whether compressing the next payload is worth the processor's time.

    A terminal session is: it is text, and little of it. A file transfer is not: zstd costs several
    times what hashing and encryption cost together, so only so many bytes per second are tried, and
    after a payload that did not shrink the next ones are passed over, twice as many each time. What
    shrinks to next to nothing, such as the zeros of a disk's image, is cheaper compressed than not.
    """

    def __init__(self) -> None:
        self._compress = _compressor()
        self._allowance = COMPRESSED_BURST_BYTES
        self._earned_at_us = 0
        self._skip = 0
        self._pause = 1
        self._shrinks_away = False

    def compressed(self, payload: bytes | memoryview, elapsed_us: int) -> bytes | None:
        if self._skip:
            self._skip -= 1
            return None
        earned = (elapsed_us - self._earned_at_us) * COMPRESSED_BYTES_PER_S // 1_000_000
        if earned:
            self._allowance = min(COMPRESSED_BURST_BYTES, self._allowance + earned)
            self._earned_at_us = elapsed_us
        if self._allowance < len(payload) and not self._shrinks_away:
            return None
        smaller = self._compress(payload)
        self._shrinks_away = len(smaller) < len(payload) * SHRINKS_AWAY_BELOW
        if not self._shrinks_away:
            self._allowance = max(0, self._allowance - len(payload))
        if len(smaller) < len(payload) * PAYS_BELOW:
            self._pause = 1
            return smaller
        self._skip = self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        return None


def _compressor() -> Callable[[bytes | memoryview], bytes]:
    import zstandard  # noqa: PLC0415 -- an auditor who only verifies needs no zstd

    return zstandard.ZstdCompressor(level=COMPRESSION_LEVEL, write_content_size=True).compress


def _unpacked(body: bytes, plain_bytes: int) -> bytes:
    import zstandard  # noqa: PLC0415 -- as above

    # The content size in the zstd frame is the attacker's word; ours was checked against the limit.
    try:
        fits = plain_bytes <= MAX_PLAIN_BYTES and zstandard.frame_content_size(body) == plain_bytes
        if not fits:
            return b""  # shorter than stated: refused by our caller
        return zstandard.ZstdDecompressor(max_window_size=8 * 1024 * 1024).decompress(
            body, max_output_size=plain_bytes, allow_extra_data=False
        )
    except zstandard.ZstdError as error:
        raise EvidenceError("A compressed body does not unpack.") from error
