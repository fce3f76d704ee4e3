import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import EvidenceError
from recorder.ledger.note import (
    MAX_NOTE_BYTES,
    Note,
    SignatureLine,
    VerifierKey,
    is_key_name,
    key_id,
    sign,
    vkey_of,
)
from tests.for_each import for_each
from tests.recorder.ledger.logs import ORIGIN, SIGNER, STRANGER

# Made by another implementation: the example in the documentation of golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# The Go checksum database's own key, as every Go toolchain carries it.
SUMDB = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
BODY = "first line\n\nthird line, the second is empty\n"


def signed(body: str = BODY) -> Note:
    return sign(body, SIGNER.key, SIGNER.sign)


@pytest.mark.parametrize("text", [PETER, SUMDB])
def test_a_key_published_by_others_reads_and_writes_back(text: str) -> None:
    key = VerifierKey.of(text + "\n")
    assert key.text() == text
    assert key.id == key_id(key.name, key.public_key)
    assert vkey_of(key.name, key.public_key) == text


def test_a_note_signed_by_another_implementation_verifies() -> None:
    """F04: an example of another implementation."""
    note = Note.of(PETERS_NOTE.encode())
    assert note.text() == PETERS_NOTE
    assert note.signed_by([VerifierKey.of(PETER)]) == (VerifierKey.of(PETER),)


@for_each(
    "text",
    [
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcU",
        "PeterNeumann+c74f20a3+!!!!",
        "PeterNeumann+c74f20a3",
        "PeterNeumann",
        "",
    ],
)
def test_a_key_with_a_wrong_id_type_or_form_is_refused(text: str) -> None:
    with pytest.raises(EvidenceError):
        VerifierKey.of(text)


def test_what_was_signed_verifies_with_the_key_and_with_no_other() -> None:
    note = signed()
    assert Note.of(note.text().encode()) == note
    assert note.signed_by([STRANGER.key, SIGNER.key]) == (SIGNER.key,)
    with pytest.raises(EvidenceError, match="No known key"):
        note.signed_by([STRANGER.key])
    with pytest.raises(EvidenceError, match="No known key"):
        note.signed_by([])


def test_a_changed_text_does_not_verify() -> None:
    note = Note.of(signed().text().replace("first", "First").encode())
    with pytest.raises(EvidenceError, match="does not verify"):
        note.signed_by([SIGNER.key])


def test_lines_by_unknown_keys_are_skipped_even_under_a_known_name_or_id() -> None:
    note = signed()
    forged = (
        SignatureLine(ORIGIN, b"\0\0\0\0", bytes(64)),
        SignatureLine("witness.example/w", SIGNER.key.id, bytes(2_420)),
    )
    more = Note(note.body, (*forged, *note.lines))
    assert Note.of(more.text().encode()).signed_by([SIGNER.key]) == (SIGNER.key,)


def test_a_false_line_under_a_known_name_and_id_spoils_the_whole_note() -> None:
    """F04: a known key that fails rejects."""
    cosigned = sign(BODY, STRANGER.key, STRANGER.sign)
    false = SignatureLine(ORIGIN, SIGNER.key.id, bytes(64))
    with pytest.raises(EvidenceError, match="does not verify"):
        Note(BODY, (*cosigned.lines, false)).signed_by([STRANGER.key, SIGNER.key])


def test_a_second_line_of_a_known_key_is_not_taken_on_the_word_of_the_first() -> None:
    false = SignatureLine(ORIGIN, SIGNER.key.id, bytes(64))
    with pytest.raises(EvidenceError, match="does not verify"):
        Note(BODY, (*signed().lines, false)).signed_by([SIGNER.key])


def test_a_signature_line_has_one_written_form() -> None:
    """Base 64 leaves bits over at its end: a byte changed there would verify as well."""
    text = signed().text()
    assert text.endswith("=\n")
    last = text[-3]
    other = chr(ord(last) + 1)
    with pytest.raises(EvidenceError, match="another form"):
        Note.of(f"{text[:-3]}{other}=\n".encode())


def test_two_keys_may_sign_one_text() -> None:
    both = Note(BODY, (*signed().lines, *sign(BODY, STRANGER.key, STRANGER.sign).lines))
    assert set(both.signed_by([SIGNER.key, STRANGER.key])) == {SIGNER.key, STRANGER.key}


@for_each(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"text\n", id="no signatures"),
        pytest.param(b"text\n\n", id="an empty list of signatures"),
        pytest.param("text\n\n— name AAAAAAA=".encode(), id="no newline at the end"),
        pytest.param(b"text\n\n- name AAAAAAA=\n", id="a hyphen for the dash"),
        pytest.param("text\n\n— name AAAA\n".encode(), id="no more than an id"),
        pytest.param("text\n\n— na+me AAAAAAA=\n".encode(), id="a plus in the name"),
        pytest.param("text\n\n—  AAAAAAA=\n".encode(), id="no name"),
        pytest.param("text\n\n— name not base 64!\n".encode(), id="not base 64"),
        pytest.param("te\txt\n\n— name AAAAAAA=\n".encode(), id="a control character"),
        pytest.param("text\r\n\n— name AAAAAAA=\n".encode(), id="a carriage return"),
        pytest.param(b"\xff\n\n", id="not UTF-8"),
        pytest.param(b"x" * (MAX_NOTE_BYTES + 1), id="too long"),
    ],
)
def test_what_is_not_a_note_is_refused(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        Note.of(data)


def test_a_text_without_a_newline_at_its_end_is_not_signed() -> None:
    with pytest.raises(ValueError, match="newline"):
        signed("no end")


@pytest.mark.parametrize("name", ["", "a b", "a\u00a0b", "a+b", "a\nb", "a\u2003b"])
def test_a_name_with_a_space_of_any_kind_or_a_plus_names_no_key(name: str) -> None:
    assert not is_key_name(name)
    with pytest.raises(ValueError, match="name"):
        VerifierKey(name, bytes(32))


@given(st.binary(max_size=400))
def test_no_bytes_make_the_parser_fail_in_another_way(data: bytes) -> None:
    try:
        note = Note.of(data)
    except EvidenceError:
        return
    assert Note.of(note.text().encode()) == note
