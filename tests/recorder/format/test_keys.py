import pytest

from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.format.keys import key_id, rewrap, unwrap, wrap

SESSION, OTHER = SessionId("a" * 26), SessionId("b" * 26)
KEY, OLD, NEW, NONCE = bytes(range(32)), b"o" * 32, b"n" * 32, b"nonce-nonce!"


def test_a_key_comes_out_as_it_went_in() -> None:
    assert unwrap(wrap(KEY, OLD, SESSION, NONCE), OLD, SESSION) == KEY


def test_only_the_right_node_key_opens_it_and_the_needed_one_is_named() -> None:
    with pytest.raises(EvidenceError, match=key_id(OLD)):
        unwrap(wrap(KEY, OLD, SESSION, NONCE), NEW, SESSION)
    with pytest.raises(EvidenceError, match="32 bytes"):
        unwrap(wrap(KEY, OLD, SESSION, NONCE), b"short", SESSION)


def test_another_session_s_key_file_is_refused() -> None:
    with pytest.raises(EvidenceError):
        unwrap(wrap(KEY, OLD, SESSION, NONCE), OLD, OTHER)
    moved = wrap(KEY, OLD, SESSION, NONCE).replace(SESSION.encode(), OTHER.encode())
    with pytest.raises(EvidenceError, match="was changed"):
        unwrap(moved, OLD, OTHER)


def test_wrapped_again_it_needs_the_new_key_only() -> None:
    fresh = rewrap(wrap(KEY, OLD, SESSION, NONCE), OLD, NEW, SESSION, b"another-one!")
    assert unwrap(fresh, NEW, SESSION) == KEY
    with pytest.raises(EvidenceError):
        unwrap(fresh, OLD, SESSION)


def test_every_flipped_byte_of_a_key_file_is_refused_or_means_the_same() -> None:
    data = wrap(KEY, OLD, SESSION, NONCE)
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(EvidenceError):
            unwrap(changed, OLD, SESSION)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"schema":"penstock-recording-key/1"}'])
def test_what_is_no_key_file_is_called_so(data: bytes) -> None:
    with pytest.raises(EvidenceError, match="not the recording's key file"):
        unwrap(data, OLD, SESSION)


def test_a_key_s_name_tells_nothing_of_it() -> None:
    assert len(key_id(OLD)) == 16
    assert key_id(OLD) != key_id(NEW)
