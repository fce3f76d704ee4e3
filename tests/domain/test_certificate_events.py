from datetime import UTC, datetime

from domain.events import CertificateIssued, CertificateRefused, document

AT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


def test_an_issued_certificate_is_told_with_its_serial_number_and_both_its_ends() -> None:
    leaf = CertificateIssued(
        at=AT, serial="18446744073709551615", door="ssh", person="ana", permit="p" * 26, key="SHA256:x",
        factor="code", source="192.0.2.9", begins=AT, ends=AT.replace(hour=9),
    )  # fmt: skip
    told = document(leaf)
    assert (told["number"], told["serial"], told["ends"]) == (
        215,
        "18446744073709551615",
        "2026-06-01T09:00:00Z",
    )


def test_a_refused_one_is_told_with_its_code() -> None:
    leaf = CertificateRefused(
        at=AT,
        door="browser",
        person="ana",
        permit="p" * 26,
        source="192.0.2.9",
        code="no_permit",
        sentence="None.",
    )
    assert (document(leaf)["number"], document(leaf)["code"]) == (216, "no_permit")
