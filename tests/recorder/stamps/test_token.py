from datetime import UTC, datetime, timedelta

import pytest

from recorder.stamps import der
from recorder.stamps.token import LONGEST_BYTES, StampError, read_reply, read_token
from tests.tsa import POLICY, Authority, granted, refused, sequence

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
TSA = Authority()


def test_a_token_says_what_was_stamped_when_and_under_which_policy() -> None:
    token = read_token(TSA.stamp(b"data", AT, nonce=5))
    assert (token.policy, token.digest, token.at, token.nonce) == (POLICY, "sha256", AT, 5)
    assert (token.accuracy, len(token.certificates), token.crls) == (timedelta(seconds=1), 1, ())


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"", None),
        (der.integer(2), timedelta(seconds=2)),
        (der.value(0x80, b"\x64"), timedelta(milliseconds=100)),
        (
            der.integer(1) + der.value(0x80, b"\x01") + der.value(0x81, b"\x02"),
            timedelta(seconds=1, microseconds=1002),
        ),
    ],
)
def test_the_accuracy_is_kept_as_the_authority_says_it(written: bytes, read: timedelta | None) -> None:
    assert read_token(Authority(accuracy=written).stamp(b"x", AT)).accuracy == read


@pytest.mark.parametrize(
    "written", [der.integer(-1), der.integer(90_000), der.value(0x80, b"\x03\xe8"), der.value(der.NULL)]
)
def test_an_accuracy_that_makes_no_sense_is_refused(written: bytes) -> None:
    with pytest.raises(StampError):
        read_token(Authority(accuracy=written).stamp(b"x", AT))


def test_a_refusal_is_read_with_what_the_authority_says() -> None:
    reply = read_reply(refused(2, "no such\u202e policy", 15))
    assert (reply.status, reply.said, reply.token) == (2, "no such  policy", None)
    assert reply.failures == ("it does not stamp under this policy",)
    assert read_reply(refused(3)).failures == ()
    assert read_reply(refused(2, failure=9)).failures == ("failure 9",)


def test_a_reply_holds_its_token_byte_for_byte() -> None:
    token = TSA.stamp(b"x", AT)
    assert read_reply(granted(token)).token == token
    for spoiled in (granted(token) + b"\x00", b"<html>", bytes(LONGEST_BYTES + 1), b""):
        with pytest.raises(StampError) as caught:
            read_reply(spoiled)
        assert caught.value.code == "stamp_unreadable"


def test_a_critical_extension_that_nobody_knows_ends_it_and_another_does_not() -> None:
    for critical in (b"", der.value(der.BOOLEAN, b"\x00"), der.value(der.BOOLEAN, b"\xff")):
        extension = der.value(
            der.context(1), sequence(der.oid("1.3.6.1.4.1"), critical, der.value(der.OCTET_STRING))
        )
        statement = der.read(TSA.statement(bytes(32), AT)).body + extension
        token = TSA.signed(sequence(statement))
        if critical.endswith(b"\xff"):
            with pytest.raises(StampError, match="critical extension"):
                read_token(token)
        else:
            assert read_token(token).at == AT


@pytest.mark.parametrize(
    "statement",
    [
        sequence(der.integer(2)),
        sequence(der.integer(1)),
        sequence(der.read(TSA.statement(bytes(32), AT)).body + der.value(der.NULL)),
        b"\x05\x00",
        b"",
    ],
)
def test_a_statement_in_another_form_is_refused(statement: bytes) -> None:
    with pytest.raises(StampError) as caught:
        read_token(TSA.signed(statement))
    assert caught.value.code == "stamp_unreadable"


def test_cms_of_another_kind_is_no_token() -> None:
    for kind in ("1.2.840.113549.1.7.1", "1.2.3"):
        with pytest.raises(StampError, match="of the kind"):
            read_token(sequence(der.oid(kind), der.value(der.context(0), sequence())))
