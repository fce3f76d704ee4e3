"""AES-GCM with one object for all packets is what asyncssh makes with one for each."""

import os

import pytest
from asyncssh.encryption import ChachaEncryption, GCMEncryption, get_encryption
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.asyncssh_internals.cipher import (
    LENGTH_BYTES,
    TAG_BYTES,
    Gcm,
    padding,
    reused,
)

KEY = bytes(range(32))
IV = b"\x00\x01\x02\x03" + b"\xff" * 8
PACKETS = st.lists(st.binary(min_size=16, max_size=200), min_size=1, max_size=6)


def theirs() -> GCMEncryption:
    made = get_encryption(b"aes256-gcm@openssh.com", KEY, IV)
    assert isinstance(made, GCMEncryption)
    return made


def ours() -> Gcm:
    made = reused(theirs())
    assert isinstance(made, Gcm)
    return made


def opened_by(cipher: GCMEncryption, packet: bytes) -> bytes | None:
    first, rest, mac = packet[:16], packet[16:-TAG_BYTES], packet[-TAG_BYTES:]
    return cipher.decrypt_packet(0, first, rest, LENGTH_BYTES, mac)


@given(PACKETS)
def test_what_either_seals_the_other_opens_packet_after_packet(packets: list[bytes]) -> None:
    # The invocation counter starts at its last value, so that it also rolls over.
    sealing, opening, back, there = ours(), theirs(), theirs(), ours()
    for plain in packets:
        out = memoryview(bytearray(len(plain) + 64))
        assert opened_by(opening, bytes(out[: sealing.seal(plain, out)])) == plain
        header = len(plain).to_bytes(LENGTH_BYTES, "big")
        sealed, mac = back.encrypt_packet(0, header, plain)
        assert opened_by(there, sealed + mac) == plain
        sealed, mac = sealing.encrypt_packet(0, header, plain)
        assert opened_by(opening, sealed + mac) == plain


@given(st.binary(min_size=16, max_size=300), st.integers(16, 40), st.integers(4, 19))
def test_data_is_cut_into_packets_that_the_other_opens_one_by_one(data: bytes, size: int, pad: int) -> None:
    whole = data[: len(data) - len(data) % size]
    sealing, opening, span = ours(), theirs(), LENGTH_BYTES + 5 + size + pad + TAG_BYTES
    out = memoryview(bytearray(len(whole) * 60 + 100))
    end = sealing.seal_each(b"front", memoryview(whole), size, pad, out)
    packets = [opened_by(opening, bytes(out[at : at + span])) for at in range(0, end, span)]
    assert all(plain is not None and plain.startswith(b"front") for plain in packets)
    assert b"".join(plain[5 : 5 + size] for plain in packets if plain) == whole
    assert opened_by(opening, bytes(out[: sealing.seal(bytes(16), out)])) == bytes(16), (
        "the next nonce is theirs"
    )


@given(PACKETS)
def test_looking_into_a_packet_leaves_it_to_be_opened_again(packets: list[bytes]) -> None:
    sealing, opening = theirs(), ours()
    for plain in packets:
        packet = b"".join(sealing.encrypt_packet(0, len(plain).to_bytes(LENGTH_BYTES, "big"), plain))
        for _ in range(2):
            out = memoryview(bytearray(len(plain)))
            assert opening.peek(memoryview(packet), out)
            assert out == plain
        assert opened_by(opening, packet) == plain


@pytest.mark.parametrize("at", [0, LENGTH_BYTES, -1], ids=["length", "body", "tag"])
def test_a_packet_that_was_tampered_with_does_not_open(at: int) -> None:
    sealing, opening = ours(), ours()
    packet = memoryview(bytearray(16 + LENGTH_BYTES + TAG_BYTES))
    sealing.seal(bytes(16), packet)
    packet[at] ^= 1
    assert not opening.peek(packet, memoryview(bytearray(16)))
    assert opened_by(opening, bytes(packet)) is None


def test_another_cipher_is_left_as_it_is() -> None:
    other = get_encryption(b"chacha20-poly1305@openssh.com", os.urandom(64), b"")
    assert isinstance(other, ChachaEncryption)
    assert reused(other) is other
    assert reused(None) is None


def test_no_padding_is_given_out_twice() -> None:
    given_out = [padding(4 + at % 16) for at in range(2000)]
    assert [len(one) for one in given_out] == [4 + at % 16 for at in range(2000)]
    long = [one for one in given_out if len(one) >= 12]
    assert len(set(long)) == len(long)
