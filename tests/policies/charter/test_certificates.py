from base64 import b64encode

import pytest

from policies.charter.certificates import certificate
from policies.charter.wording import UnusableError
from tests.for_each import for_each

WHOLE = b"\x30\x82\x01\x00" + bytes(256)
TEXT = b64encode(WHOLE).decode()


def test_a_certificate_may_be_pasted_as_one_line_or_as_its_pem_s_lines() -> None:
    lines = [TEXT[at : at + 64] for at in range(0, len(TEXT), 64)]
    assert certificate([TEXT]) == TEXT
    assert certificate(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----"]) == TEXT


@for_each(
    "lines, why",
    [
        (["not base64!"], "no certificate in base64"),
        ([b64encode(WHOLE + b"\0").decode()], "not one whole certificate"),
        ([b64encode(WHOLE[:-1]).decode()], "not one whole certificate"),
        ([b64encode(b"\x30\x82\x21\x00" + bytes(0x2100)).decode()], "not one whole certificate"),
        (["-----BEGIN PRIVATE KEY-----", TEXT, "-----END PRIVATE KEY-----"], "a private key"),
    ],
)
def test_what_is_none_is_said(lines: list[str], why: str) -> None:
    with pytest.raises(UnusableError, match=why):
        certificate(lines)
