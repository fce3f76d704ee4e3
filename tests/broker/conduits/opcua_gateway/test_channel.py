from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from broker.conduits.opcua_gateway.channel import (
    ENCRYPTED,
    TOKENS,
    ChannelError,
    Side,
    encrypted,
    plain,
    plain_chunk,
    usable,
)
from broker.conduits.opcua_gateway.identity import self_signed
from tests.broker.conduits.opcua.samples import NONE, SIGNED, TALK, chunk, message, opening, reads
from tests.broker.conduits.opcua_gateway.keys import identity
from tests.broker.conduits.opcua_gateway.peers import with_token
from tests.for_each import for_each


def pair(policy: str = SIGNED) -> tuple[Side, Side]:
    """Two ends of one channel, with keys for the tokens 1, 2 and 3."""
    one = Side(identity("tool"), policy, identity("gate").der)
    other = Side(identity("gate"), policy, identity("tool").der)
    for token in (1, 2, 3):
        one.hear_nonce(other.fresh_nonce())
        other.hear_nonce(one.fresh_nonce())
        one.agree(token, 60_000)
        other.agree(token, 60_000)
    return one, other


@for_each("policy", ENCRYPTED)
def test_what_one_end_seals_the_other_opens_and_it_is_the_same_chunk(policy: str) -> None:
    one, other = pair(policy)
    for size in (0, 1, 15, 16, 17, 1000):
        for data in (
            with_token(message(bytes(size), 7, 9), 3),
            with_token(message(bytes(size), 8, 9, part=b"C"), 2),
        ):
            sealed = one.sealed(data)
            assert bytes(max(size, 1) + 8)[:16] not in sealed or not size
            assert plain(other.opened(sealed)) == data


def test_keys_of_a_token_that_is_no_longer_open_nothing() -> None:
    one, other = pair()
    assert list(one._tokens) == [2, 3][-TOKENS:]
    sealed = bytearray(one.sealed(with_token(message(reads(), 2), 3)))
    with pytest.raises(ChannelError, match="never agreed on"):
        other.opened(with_token(bytes(sealed), 1))
    with pytest.raises(ChannelError, match="can't be opened"):
        other.opened(with_token(bytes(sealed), 2))


def test_a_request_for_a_channel_is_opened_by_the_key_that_it_is_for_alone() -> None:
    asking = Side(identity("tool"), SIGNED, identity("gate").der)
    given = opening(5)
    line = asking.sealed_opening(given, b"the body")
    found = Side(identity("gate"))
    assert plain(found.opening(line)) == plain(plain_chunk(given), b"the body")
    assert (found.uri, found.peer) == (SIGNED, identity("tool").der)
    for wrong, why in (
        (Side(identity("plc")), "another key than the gate's"),
        (Side(identity("gate"), peer=identity("other").der), "another certificate"),
        (Side(identity("gate"), uri=list(ENCRYPTED)[1]), "does not speak"),
    ):
        with pytest.raises(ChannelError, match=why):
            wrong.opening(line)
    for junk in (chunk(b"OPN", b""), chunk(b"OPN", b"\0\0\0\0\xff")):
        with pytest.raises(ChannelError, match="can't be read"):
            Side(identity("gate")).opening(junk)


def test_too_little_to_make_keys_of_and_too_weak_a_key_are_refused() -> None:
    for nonce in (None, b"", b"x" * 31):
        with pytest.raises(ChannelError, match="too little"):
            Side(identity("gate")).hear_nonce(nonce)
    weak = self_signed(generate_private_key(65537, 1024), "urn:weak", datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(ChannelError, match="at least 2048"):
        usable(weak.der)
    with pytest.raises(ChannelError, match="can't be read"):
        usable(b"junk")


def test_a_chunk_that_nothing_secures_is_told_from_others_and_read_and_written_alike() -> None:
    assert not encrypted(opening(policy=NONE))
    assert encrypted(opening(policy=SIGNED))
    for data in [
        opening(3),
        *(
            one
            for _inward, one in TALK
            if one[:3] == b"MSG" and len(one) == int.from_bytes(one[4:8], "little")
        ),
    ]:
        assert plain(plain_chunk(data)) == data
