from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from recorder.stamps.chain import (
    certificates_in,
    check_revocation,
    crls_in,
    may_stamp,
    name_of,
    path_to_root,
)
from recorder.stamps.token import StampError
from tests.tsa import KEYS, Authority, Root, named, pem

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ROOT = Root()
MIDDLE = Root("Middle", KEYS[2], issuer=ROOT)
TSA = Authority()
BELOW = Authority(root=MIDDLE)
COMPROMISE, SUPERSEDED = x509.ReasonFlags.key_compromise, x509.ReasonFlags.superseded


def code_of(caught: pytest.ExceptionInfo[StampError]) -> str:
    return caught.value.code


def test_a_way_leads_to_a_trusted_root_with_or_without_somebody_between() -> None:
    assert path_to_root(TSA.certificate, (), (ROOT.certificate,), AT) == (TSA.certificate, ROOT.certificate)
    found = path_to_root(BELOW.certificate, (MIDDLE.certificate,), (ROOT.certificate,), AT)
    assert found == (BELOW.certificate, MIDDLE.certificate, ROOT.certificate)
    assert len(path_to_root(BELOW.certificate, (), (MIDDLE.certificate,), AT)) == 2
    assert path_to_root(TSA.certificate, (), (TSA.certificate,), AT) == (TSA.certificate,)


@pytest.mark.parametrize(
    ("signer", "others", "root"),
    [
        pytest.param(TSA, (), Root("Test root", KEYS[3]), id="another key under the root's name"),
        pytest.param(BELOW, (), ROOT, id="somebody between is missing"),
        pytest.param(TSA, (ROOT,), Root("Other", KEYS[3]), id="a root that only the token brings"),
        pytest.param(
            Authority(root=Root(ca=False)), (), Root(ca=False), id="an issuer that may issue nothing"
        ),
    ],
)
def test_without_a_way_nothing_is_believed(signer: Authority, others: tuple[Root, ...], root: Root) -> None:
    with pytest.raises(StampError) as caught:
        path_to_root(signer.certificate, [one.certificate for one in others], (root.certificate,), AT)
    assert code_of(caught) == "stamp_untrusted"


def test_each_certificate_of_the_way_was_valid_then_to_the_second() -> None:
    short = Authority(begins=AT, ends=AT + DAY)
    for at in (AT, AT + DAY):
        path_to_root(short.certificate, (), (ROOT.certificate,), at)
    for at in (AT - timedelta(seconds=1), AT + DAY + timedelta(seconds=1)):
        with pytest.raises(StampError) as caught:
            path_to_root(short.certificate, (), (ROOT.certificate,), at)
        assert code_of(caught) == "stamp_expired"
    old = Root(ends=AT - DAY)
    with pytest.raises(StampError) as caught:
        path_to_root(Authority(root=old).certificate, (), (old.certificate,), AT)
    assert code_of(caught) == "stamp_expired"
    # The same root, certified anew: the one that was valid then counts.
    assert path_to_root(TSA.certificate, (), (old.certificate, ROOT.certificate), AT)[-1] == ROOT.certificate


def test_a_critical_extension_that_nobody_here_judges_ends_the_way() -> None:
    builder = (
        x509.CertificateBuilder(named("Test root"), named("odd"))
        .public_key(KEYS[1].public_key())
        .serial_number(3)
        .not_valid_before(AT - DAY)
        .not_valid_after(AT + DAY)
        .add_extension(
            x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), critical=True
        )
    )
    with pytest.raises(StampError, match="No way leads"):
        path_to_root(builder.sign(KEYS[0], hashes.SHA256()), (), (ROOT.certificate,), AT)


def test_a_weak_key_signs_nothing_that_counts() -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    tsa = Authority()
    builder = (
        x509.CertificateBuilder(named("Test root"), named("weak"))
        .public_key(weak.public_key())
        .serial_number(3)
        .not_valid_before(AT - DAY)
        .not_valid_after(AT + DAY)
        .add_extension(x509.ExtendedKeyUsage(tsa.purposes), critical=True)
    )
    with pytest.raises(StampError) as caught:
        may_stamp(builder.sign(KEYS[0], hashes.SHA256()))
    assert code_of(caught) == "stamp_weak"


REVOKED = [
    pytest.param(AT - DAY, SUPERSEDED, None, False, id="before, for whatever reason"),
    pytest.param(AT + DAY, SUPERSEDED, None, True, id="afterwards, for a reason that harms nothing"),
    pytest.param(AT + DAY, COMPROMISE, None, False, id="afterwards, for its key was stolen"),
    pytest.param(AT + DAY, None, None, False, id="afterwards, and nobody says why"),
    pytest.param(AT + 3 * DAY, COMPROMISE, AT + 2 * DAY, True, id="after a later stamp had taken it in"),
    pytest.param(AT + DAY, COMPROMISE, AT + 2 * DAY, False, id="stolen before the later stamp"),
]


@pytest.mark.parametrize(("when", "reason", "secured", "good"), REVOKED)
def test_a_revoked_authority_proves_nothing_but_what_was_there_before(
    when: datetime, reason: x509.ReasonFlags | None, secured: datetime | None, good: bool
) -> None:
    path = (TSA.certificate, ROOT.certificate)
    crl = ROOT.crl((TSA.serial, when, reason), made=AT + 4 * DAY)
    if good:
        assert check_revocation(path, [crl], AT, secured)
        return
    with pytest.raises(StampError) as caught:
        check_revocation(path, [crl], AT, secured)
    assert code_of(caught) == "stamp_revoked"


def test_a_crl_says_something_only_about_its_own_time_and_its_own_issuers() -> None:
    path = (TSA.certificate, ROOT.certificate)
    assert check_revocation(path, [ROOT.crl(made=AT - DAY)], AT)
    assert not check_revocation(path, [ROOT.crl(made=AT - 40 * DAY)], AT)
    assert not check_revocation(path, [], AT)
    strangers = Root("Test root", KEYS[3]).crl((TSA.serial, AT - DAY, None), made=AT)
    assert not check_revocation(path, [strangers], AT)
    both = (BELOW.certificate, MIDDLE.certificate, ROOT.certificate)
    assert not check_revocation(both, [ROOT.crl(made=AT)], AT)
    assert check_revocation(both, [ROOT.crl(made=AT), MIDDLE.crl(made=AT)], AT)


def test_pem_is_read_and_nothing_else() -> None:
    assert certificates_in(pem(ROOT.certificate, TSA.certificate, ROOT.certificate)) == (
        ROOT.certificate,
        TSA.certificate,
    )
    for spoiled in (b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        with pytest.raises(StampError):
            certificates_in(spoiled)
    crl = ROOT.crl(made=AT)
    text = crl.public_bytes(Encoding.PEM)
    assert crls_in(text + text) == (crl, crl)
    assert crls_in(b"") == ()
    nothing = b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"
    for spoiled in (nothing, text[:-1], text + b"x", b"a list:\n" + text, text.replace(b"\n", b"\r\n")):
        with pytest.raises(StampError):
            crls_in(spoiled)
    assert name_of(TSA.certificate) == "CN=Test TSA"
