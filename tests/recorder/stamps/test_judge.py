"""F14: a time-stamp counts only if every check of RFC 3161 holds; each that does not has its code."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from recorder.stamps import der
from recorder.stamps.judge import Asked, Stamp, Trusted, judge_reply, judge_token
from recorder.stamps.token import StampError, read_reply
from tests.tsa import (
    KEYS,
    POLICY,
    Authority,
    OpensslAuthority,
    Root,
    granted,
    openssl_verify,
    pem,
    refused,
)

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SKEW = timedelta(minutes=1)
NONCE = 2**63 + 11
DATA = b"plant.example/ot-access/1\n3\nroot\n"
TSA = Authority()
TRUSTED = Trusted((TSA.root.certificate,))
ASKED = Asked.about(DATA, NONCE)


def judged(reply: bytes, *, asked: Asked = ASKED, trusted: Trusted = TRUSTED, at: datetime = AT) -> Stamp:
    return judge_reply(reply, asked, trusted, at, at, SKEW)


def code(reply: bytes, **given: object) -> str:
    with pytest.raises(StampError) as caught:
        judged(reply, **given)  # type: ignore[arg-type]
    assert caught.value.fact
    return caught.value.code


def test_a_good_answer_says_who_when_how_exactly_and_how_long_it_holds() -> None:
    stamp = judged(TSA.reply(ASKED.request(), AT))
    assert (stamp.authority, stamp.token.at, stamp.latest) == ("CN=Test TSA", AT, AT + timedelta(seconds=1))
    assert (stamp.runs_out, stamp.trusted, stamp.revocation_known) == (TSA.ends, True, False)
    assert judge_token(stamp.token.whole, DATA, TRUSTED).token == stamp.token


def test_what_is_not_trusted_is_judged_as_far_as_it_can_be() -> None:
    stamp = judge_token(TSA.stamp(DATA, AT), DATA, None)
    assert (stamp.trusted, stamp.authority) == (False, "CN=Test TSA")


class TestOpenssl:
    """The six refusals of F14, each with a real answer of OpenSSL's own authority."""

    @pytest.fixture
    def now(self) -> datetime:
        return datetime.now(UTC)

    @pytest.fixture
    def answer(self, tmp_path: Path, now: datetime) -> Callable[..., bytes]:
        def made(authority: Authority = TSA, asked: Asked = ASKED) -> bytes:
            return OpensslAuthority(tmp_path / "tsa", authority).reply(asked.request())

        return made

    def test_its_tokens_count_and_ours_count_with_it(
        self, answer: Callable[..., bytes], now: datetime, tmp_path: Path
    ) -> None:
        stamp = judged(answer(), at=now)
        assert stamp.token.policy == POLICY
        for token in (stamp.token.whole, TSA.stamp(DATA, now)):
            assert "Verification: OK" in openssl_verify(tmp_path, DATA, token, pem(TSA.root.certificate))

    @pytest.mark.parametrize("digest", ["sha384", "sha512"])
    def test_it_reads_our_requests_with_every_digest_and_a_policy(
        self, answer: Callable[..., bytes], now: datetime, digest: str
    ) -> None:
        asked = Asked.about(DATA, 1, digest=digest, policy=POLICY)
        assert judged(answer(asked=asked), asked=asked, at=now).token.digest == digest

    def test_an_authority_with_an_rsa_key_below_another_counts(
        self, answer: Callable[..., bytes], now: datetime
    ) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        middle = Root("Middle", KEYS[2], issuer=TSA.root)
        stamp = judged(answer(Authority(root=middle, key=key)), at=now)  # type: ignore[arg-type]
        assert len(stamp.path) == 3

    def test_f14_a_wrong_nonce_is_refused(self, answer: Callable[..., bytes], now: datetime) -> None:
        """F14: an answer to another request is refused."""
        assert code(answer(), asked=Asked.about(DATA, NONCE + 1), at=now) == "stamp_wrong_nonce"

    def test_f14_a_wrong_imprint_is_refused(self, answer: Callable[..., bytes], now: datetime) -> None:
        """F14: a stamp over something else is refused, and one by another algorithm too."""
        reply = answer()
        assert code(reply, asked=Asked.about(b"else", NONCE), at=now) == "stamp_wrong_imprint"
        assert code(reply, asked=Asked.about(DATA, NONCE, digest="sha512"), at=now) == "stamp_wrong_algorithm"

    def test_f14_a_wrong_purpose_is_refused(
        self, answer: Callable[..., bytes], now: datetime, tmp_path: Path
    ) -> None:
        """F14: who may sign other things as well, or does not say so critically, stamps nothing."""
        reply = answer()
        statement = judged(reply, at=now).token.statement
        bad = [
            Authority(purposes=(ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING)),
            Authority(purposes=(ExtendedKeyUsageOID.SERVER_AUTH,)),
            Authority(critical=False),
            Authority(purposes=()),
        ]
        for number, authority in enumerate(bad):
            folder = OpensslAuthority(tmp_path / f"bad-{number}", authority).folder
            (folder / "statement").write_bytes(statement)
            told = ["-in", "statement", "-signer", "tsa.pem", "-inkey", "tsa.key", "-outform", "DER"]
            made = subprocess.run(
                [
                    "openssl",
                    "cms",
                    "-sign",
                    "-binary",
                    "-nodetach",
                    "-cades",
                    "-econtent_type",
                    "id-smime-ct-TSTInfo",
                    *told,
                ],
                cwd=folder,
                check=True,
                capture_output=True,
            )
            assert code(granted(made.stdout), at=now) == "stamp_wrong_purpose"

    def test_f14_an_expired_authority_is_refused(self, answer: Callable[..., bytes], now: datetime) -> None:
        """F14: the authority's certificate was valid when it stamped."""
        assert code(answer(Authority(ends=now - DAY)), at=now) == "stamp_expired"

    def test_f14_a_revoked_authority_is_refused(self, answer: Callable[..., bytes], now: datetime) -> None:
        """F14: the authority's certificate was not revoked when it stamped."""
        crl = TSA.root.crl(
            (TSA.serial, now - DAY, x509.ReasonFlags.key_compromise), made=now - timedelta(hours=1)
        )
        reply = answer()
        assert code(reply, trusted=Trusted(TRUSTED.roots, (crl,)), at=now) == "stamp_revoked"
        clean = Trusted(TRUSTED.roots, (TSA.root.crl(made=now - DAY),), revocation_required=True)
        assert judged(reply, trusted=clean, at=now).revocation_known

    def test_f14_a_status_that_is_not_granted_is_refused(
        self, answer: Callable[..., bytes], now: datetime
    ) -> None:
        """F14: status 2 is a no, with what the authority says of it."""
        asked = Asked.about(DATA, NONCE, policy="1.2.3.9.9")
        with pytest.raises(StampError, match=r"rejection.*policy") as caught:
            judged(answer(asked=asked), asked=asked, at=now)
        assert caught.value.code == "stamp_not_granted"


@pytest.mark.parametrize("status", [2, 3, 4, 5, 99, -1])
def test_only_granted_and_granted_with_changes_are_a_yes(status: int) -> None:
    token = TSA.stamp(DATA, AT, nonce=NONCE)
    assert judged(granted(token, 1)).token.whole == token
    assert code(granted(token, status)) == "stamp_not_granted"
    assert code(refused(status, "no")) == "stamp_not_granted"


def test_a_yes_without_a_token_is_none() -> None:
    assert code(refused(0)) == "stamp_not_granted"


def test_a_policy_that_is_not_allowed_is_refused() -> None:
    reply = TSA.reply(ASKED.request(), AT)
    assert code(reply, trusted=Trusted(TRUSTED.roots, policies=frozenset({"1.2.3"}))) == "stamp_wrong_policy"
    assert judged(reply, trusted=Trusted(TRUSTED.roots, policies=frozenset({POLICY, "1.2.3"}))).trusted
    other = Asked.about(DATA, NONCE, policy="1.2.3.9")
    assert code(TSA.reply(ASKED.request(), AT), asked=other) == "stamp_wrong_policy"


def test_a_signature_that_does_not_verify_is_refused() -> None:
    statement = TSA.statement(ASKED.imprint, AT, nonce=NONCE)
    assert code(granted(TSA.signed(statement, spoil=True))) == "stamp_bad_signature"
    token = TSA.signed(statement)
    changed = token.replace(f"{AT:%Y%m%d%H%M%S}".encode(), f"{AT - DAY:%Y%m%d%H%M%S}".encode())
    assert code(granted(changed)) == "stamp_bad_signature"


def test_the_certificate_is_the_one_that_was_signed() -> None:
    """Two certificates for one key: the one that was signed counts, and not the one that was put in its place."""
    statement = TSA.statement(ASKED.imprint, AT, nonce=NONCE)
    twin = Authority(name="Twin")
    assert code(granted(TSA.signed(statement, binds=twin.certificate))) == "stamp_other_certificate"
    assert code(granted(TSA.signed(statement, brings=()))) == "stamp_other_certificate"
    assert code(granted(TSA.signed(statement, brings=(twin.root.certificate,)))) == "stamp_other_certificate"
    assert judged(granted(TSA.signed(statement, by_key_id=True))).authority == "CN=Test TSA"


def test_a_root_that_nobody_here_trusts_makes_nothing_true() -> None:
    other = Root("Test root", KEYS[3])
    assert code(TSA.reply(ASKED.request(), AT), trusted=Trusted((other.certificate,))) == "stamp_untrusted"
    assert code(TSA.reply(ASKED.request(), AT), trusted=Trusted(())) == "stamp_untrusted"


def test_where_revocation_must_be_known_silence_is_a_no() -> None:
    reply = TSA.reply(ASKED.request(), AT)
    asks = Trusted(TRUSTED.roots, revocation_required=True)
    assert code(reply, trusted=asks) == "stamp_revocation_unknown"
    statement = TSA.statement(ASKED.imprint, AT, nonce=NONCE)
    brought = TSA.signed(statement, crls=(TSA.root.crl(made=AT - DAY),))
    assert judged(granted(brought), trusted=asks).revocation_known


@pytest.mark.parametrize(
    ("off", "good"),
    [
        (SKEW, True),
        (-SKEW, True),
        (SKEW + timedelta(seconds=2), False),
        (-SKEW - timedelta(seconds=2), False),
    ],
)
def test_an_authority_whose_clock_can_not_be_right_is_refused(off: timedelta, good: bool) -> None:
    reply = TSA.reply(ASKED.request(), AT + off)
    if good:
        assert judged(reply).token.at == AT + off
    else:
        assert code(reply) == "stamp_wrong_time"


def test_old_algorithms_prove_nothing() -> None:
    token = TSA.stamp(DATA, AT, nonce=NONCE)
    sha256 = der.oid("2.16.840.1.101.3.4.2.1")
    for other in ("2.16.840.1.101.3.4.2.4", "2.16.840.1.101.3.4.2.9"):
        assert code(granted(token.replace(sha256, der.oid(other)))) == "stamp_wrong_algorithm"
        with pytest.raises(StampError):
            judge_token(token.replace(sha256, der.oid(other)), DATA, TRUSTED)


REAL = (
    TSA.reply(ASKED.request(), AT),
    granted(TSA.signed(TSA.statement(ASKED.imprint, AT, nonce=NONCE), crls=(TSA.root.crl(made=AT),))),
    refused(2, "no", 15),
)


@given(
    st.sampled_from(REAL),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=4),
    st.integers(0, 40),
)
def test_whatever_is_changed_in_an_answer_it_counts_or_is_refused_with_a_code(
    reply: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    spoiled = bytearray(reply)
    for at, byte in changes:
        spoiled[at % len(spoiled)] = byte
    try:
        stamp = judged(bytes(spoiled[: len(spoiled) - cut] if cut < 5 else spoiled))
    except StampError as error:
        assert error.code.startswith("stamp_")
    else:
        # What is not signed may be changed; never what the token says.
        assert (stamp.token.at, stamp.token.imprint, stamp.authority) == (AT, ASKED.imprint, "CN=Test TSA")


@given(st.binary(max_size=300))
def test_whatever_comes_is_refused_with_a_code(data: bytes) -> None:
    for judge in (judged, lambda given: judge_token(given, DATA, TRUSTED), read_reply):
        with pytest.raises(StampError):
            judge(data)
