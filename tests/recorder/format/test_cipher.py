import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import zstandard
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import EvidenceError
from recorder.format.cipher import (
    COMPRESSED_BURST_BYTES,
    SMALLEST_COMPRESSED,
    Opener,
    Sealer,
    commitment,
    nonce,
)
from recorder.format.frame import HEAD, LINK_BYTES, MAX_PLAIN_BYTES, TAG_BYTES, Flag, Head, Kind

KEY = bytes(range(32))


def opener() -> Opener:
    return Opener(KEY, commitment(KEY))


def sealed(sealer: Sealer, *given: Any) -> tuple[bytes, bytes]:
    """A frame's head and body."""
    frame, _ = sealer.seal(*given)
    return bytes(frame[: HEAD.size]), bytes(frame[HEAD.size :])


@given(st.binary(max_size=4000), st.integers(0, 2**63))
def test_a_payload_comes_back_whatever_it_is(payload: bytes, sequence: int) -> None:
    head, body = sealed(Sealer(KEY), Kind.TO_ASSET, 3, sequence, 17, payload)
    assert opener().open(Head.decode(head), body) == payload


@given(st.lists(st.integers(0, 700_000), max_size=5))
def test_a_frame_s_place_is_used_again_and_holds_what_is_longest(sizes: list[int]) -> None:
    sealer = Sealer(KEY)
    for sequence, size in enumerate(sizes):
        frame, whole = sealer.seal(Kind.TO_ASSET, 1, sequence, 0, memoryview(secrets.token_bytes(size)))
        assert len(whole) == len(frame) + LINK_BYTES == HEAD.size + size + TAG_BYTES + LINK_BYTES


def test_text_shrinks_and_keystrokes_and_noise_stay() -> None:
    sealer = Sealer(KEY)
    text, _ = sealed(sealer, Kind.TO_VENDOR, 1, 0, 0, b"the same line again\r\n" * 100)
    key, _ = sealed(sealer, Kind.TO_ASSET, 1, 1, 0, b"x" * (SMALLEST_COMPRESSED - 1))
    noise, _ = sealed(sealer, Kind.TO_VENDOR, 1, 2, 0, secrets.token_bytes(5000))
    assert Head.decode(text).flags == Flag.ENCRYPTED | Flag.COMPRESSED
    assert Head.decode(text).stored_bytes < 200
    assert Head.decode(key).flags == Head.decode(noise).flags == Flag.ENCRYPTED


def test_after_noise_compression_is_not_tried_for_a_while_and_then_again() -> None:
    sealer = Sealer(KEY)
    text = b"text " * 1000
    sealed(sealer, Kind.TO_VENDOR, 1, 0, 0, secrets.token_bytes(5000))
    flags = [Head.decode(sealed(sealer, Kind.TO_VENDOR, 1, 1 + at, 0, text)[0]).flags for at in range(3)]
    assert flags == [Flag.ENCRYPTED, Flag.ENCRYPTED | Flag.COMPRESSED, Flag.ENCRYPTED | Flag.COMPRESSED]


def test_a_flood_is_stored_as_it_is_and_time_earns_compression_again() -> None:
    sealer = Sealer(KEY)
    text = secrets.token_hex(500_000).encode()  # shrinks to somewhat more than half
    tried = COMPRESSED_BURST_BYTES // len(text)
    flags = [Head.decode(sealed(sealer, Kind.TO_VENDOR, 1, at, 0, text)[0]).flags for at in range(tried + 3)]
    assert flags == [Flag.ENCRYPTED | Flag.COMPRESSED] * tried + [Flag.ENCRYPTED] * 3
    later = sealed(sealer, Kind.TO_VENDOR, 1, 99, 2_000_000, text)[0]
    assert Head.decode(later).flags == Flag.ENCRYPTED | Flag.COMPRESSED


def test_a_flood_of_next_to_nothing_is_compressed_all_along_until_it_is_something() -> None:
    sealer = Sealer(KEY)
    nothing, something = bytes(1_000_000), secrets.token_hex(500_000).encode()
    flood = [*[nothing] * 20, *[something] * 6, nothing]
    flags = [
        Flag.COMPRESSED in Head.decode(sealed(sealer, Kind.TO_VENDOR, 1, at, 0, data)[0]).flags
        for at, data in enumerate(flood)
    ]
    assert flags == [True] * 24 + [False] * 2 + [False]


def test_a_key_that_is_not_the_recording_s_opens_nothing() -> None:
    for key in (bytes(32), b"", KEY[:16]):
        with pytest.raises(EvidenceError):
            Opener(key, commitment(KEY))


def test_a_body_under_another_head_does_not_open() -> None:
    head, body = sealed(Sealer(KEY), Kind.TO_ASSET, 3, 5, 17, b"payload")
    decoded = Head.decode(head)
    others = (
        replace(decoded, kind=Kind.TO_VENDOR),
        replace(decoded, channel=4),
        replace(decoded, sequence=6),
        replace(decoded, elapsed_us=18),
        replace(decoded, plain_bytes=8),
    )
    for other in others:
        with pytest.raises(EvidenceError):
            opener().open(other, body)
    with pytest.raises(EvidenceError):
        opener().open(decoded, body[:-1] + bytes([body[-1] ^ 1]))


def forged(content: bytes, plain_bytes: int) -> tuple[Head, bytes]:
    """A frame by somebody who has the key and puts ``content`` where compressed text belongs."""
    flags = Flag.ENCRYPTED | Flag.COMPRESSED
    head = Head(Kind.TO_VENDOR, flags, 1, 0, 0, len(content) + 16, plain_bytes)
    return head, AESGCM(KEY).encrypt(nonce(0), content, head.encode())


def bomb() -> bytes:
    """Made where it is tried: a hundred megabytes are not for whoever collects the tests."""
    return zstandard.compress(bytes(100_000_000))


@pytest.mark.parametrize(
    ("content", "plain_bytes"),
    [
        pytest.param(bomb, 1000, id="a bomb that says so"),
        pytest.param(bomb, MAX_PLAIN_BYTES, id="a bomb at the limit"),
        pytest.param(lambda: b"not zstd at all", 1000, id="garbage"),
        pytest.param(lambda: zstandard.compress(b"x" * 500)[:-3], 500, id="cut off"),
        pytest.param(lambda: zstandard.compress(b"x" * 500) + b"more", 500, id="something behind it"),
        pytest.param(
            lambda: zstandard.ZstdCompressor(write_content_size=False).compress(b"x" * 500), 500, id="no size"
        ),
        pytest.param(bytes, 500, id="nothing"),
    ],
)
def test_a_compressed_body_unpacks_to_its_stated_length_or_not_at_all(
    content: Callable[[], bytes], plain_bytes: int
) -> None:
    with pytest.raises(EvidenceError):
        opener().open(*forged(content(), plain_bytes))
