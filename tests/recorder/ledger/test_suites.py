from datetime import UTC, datetime

import pytest

from domain.errors import EvidenceError
from recorder.ledger.suites import LATEST_S, Suite, message, seconds_of, suite_of, time_of, timed, verifies

# The example of C2SP tlog-cosignature.
BODY = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
AT = 1679315147


def test_a_cosignature_is_over_the_time_and_the_whole_text() -> None:
    signed = message(Suite.ED25519_COSIGNATURE, "witness.example.com/w1", BODY + "an extension\n", AT)
    assert signed == f"cosignature/v1\ntime 1679315147\n{BODY}an extension\n".encode()


def test_the_post_quantum_suite_signs_both_names_the_time_the_size_and_the_root() -> None:
    signed = message(Suite.ML_DSA_44, "w.example", BODY + "an extension\n", AT)
    assert signed == b"".join(
        [
            bytes.fromhex("737562747265652f76310a00"),  # "subtree/v1\n\0"
            b"\x09w.example",
            bytes.fromhex("00000000641850cb"),
            b"\x1bexample.com/behind-the-sofa",
            bytes.fromhex("0000000000000000 00000000013e2dc3"),
            bytes.fromhex("0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"),
        ]
    )


def test_a_log_signs_the_text_as_it_is() -> None:
    assert message(Suite.ED25519, "any", "any text\n") == b"any text\n"


@pytest.mark.parametrize("suite", [Suite.ED25519_COSIGNATURE, Suite.ML_DSA_44])
def test_only_a_checkpoint_is_cosigned(suite: Suite) -> None:
    with pytest.raises(EvidenceError):
        message(suite, "w.example", "any text\n", AT)


@pytest.mark.parametrize("seconds", [-1, LATEST_S + 1])
def test_a_time_that_no_line_can_state_is_not_signed(seconds: int) -> None:
    with pytest.raises(ValueError, match="time"):
        message(Suite.ED25519_COSIGNATURE, "w.example", BODY, seconds)


@pytest.mark.parametrize("name", ["", "w" * 256])
def test_a_name_that_the_post_quantum_suite_can_not_hold_signs_nothing(name: str) -> None:
    with pytest.raises(ValueError, match="255 bytes"):
        message(Suite.ML_DSA_44, name, BODY, AT)


def test_a_key_is_of_the_suite_that_its_first_byte_names() -> None:
    for suite in Suite:
        assert suite_of(suite.byte + bytes(suite.key_bytes)) is suite
        with pytest.raises(ValueError, match="type"):
            suite_of(suite.byte + bytes(suite.key_bytes - 1))
    for unknown in (b"", b"\x02" + bytes(32), b"\x00" + bytes(32)):
        with pytest.raises(ValueError, match="type"):
            suite_of(unknown)


def test_a_line_says_when_it_was_made_where_its_suite_says_so() -> None:
    assert seconds_of(Suite.ED25519, bytes(64)) is None
    assert seconds_of(Suite.ED25519_COSIGNATURE, timed(AT, bytes(64))) == AT
    assert seconds_of(Suite.ED25519_COSIGNATURE, timed(AT, bytes(63))) is None
    assert seconds_of(Suite.ML_DSA_44, timed(0, bytes(2420))) is None
    assert time_of(Suite.ML_DSA_44, timed(0, bytes(2420))) is None
    assert time_of(Suite.ML_DSA_44, timed(AT, bytes(2420))) == datetime(2023, 3, 20, 12, 25, 47, tzinfo=UTC)
    with pytest.raises(EvidenceError, match="after 1970"):
        time_of(Suite.ML_DSA_44, timed(LATEST_S, bytes(2420)))


@pytest.mark.parametrize("suite", list(Suite))
def test_a_signature_of_another_length_or_from_beyond_time_is_false(suite: Suite) -> None:
    key = bytes(suite.key_bytes)
    assert not verifies(suite, "w.example", key, bytes(suite.signature_bytes - 1), BODY)
    if suite.timed:
        late = timed(LATEST_S + 1, bytes(suite.signature_bytes - 8))
        assert not verifies(suite, "w.example", key, late, BODY)
