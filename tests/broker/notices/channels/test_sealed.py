"""Web Push's cipher against the words of its own standard, and from the receiving end."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from broker.notices.channels.sealed import (
    LONGEST_BYTES,
    STEP_BYTES,
    Browser,
    in_base64,
    of_base64,
    public_bytes,
    sealed,
    vouched,
)
from tests.broker.notices.channels.receivers import Receiver, plain, private, vouching

# RFC 8291 section 5 and appendix A
TEXT = b"When I grow up, I want to be a watermelon"
SENDER = private("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
RECEIVER = Receiver(private("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), plain("BTBZMqHH6r4Tts7J_aSIgg"))
SALT = plain("DGv6ra1nlYgDCS1FRnbzlw")
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w"
    "EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_standard_s_own_example_comes_out_to_the_byte() -> None:
    assert in_base64(sealed(TEXT, RECEIVER.browser, SENDER, SALT, step=1)) == BODY


@pytest.mark.parametrize("length", [0, 1, STEP_BYTES - 1, STEP_BYTES, LONGEST_BYTES])
def test_its_browser_reads_it_and_its_length_tells_little(length: int) -> None:
    body = sealed(b"x" * length, RECEIVER.browser, SENDER, SALT)
    assert RECEIVER.opened(body) == b"x" * length
    assert (len(body) - 86 - 16) % STEP_BYTES == 0
    assert len(body) <= 4096


def test_no_other_browser_reads_it_and_no_bit_may_change() -> None:
    body = bytearray(sealed(TEXT, RECEIVER.browser, SENDER, SALT))
    for other in (Receiver(auth=RECEIVER.auth), Receiver(RECEIVER.key, bytes(16))):
        with pytest.raises(InvalidTag):
            other.opened(bytes(body))
    body[-1] ^= 1
    with pytest.raises(InvalidTag):
        RECEIVER.opened(bytes(body))


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        pytest.param(b"\x04" + bytes(64), bytes(16), id="a point that is not on the curve"),
        pytest.param(RECEIVER.browser.p256dh[:-1], bytes(16), id="a point that is cut short"),
        pytest.param(b"\x02" + RECEIVER.browser.p256dh[1:33], bytes(16), id="a compressed point"),
        pytest.param(RECEIVER.browser.p256dh, bytes(15), id="a secret that is cut short"),
        pytest.param(b"", b"", id="nothing"),
    ],
)
def test_what_is_no_browser_s_key_is_refused(p256dh: bytes, auth: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Browser(p256dh, auth)


def test_too_long_a_text_is_refused_before_a_push_service_does() -> None:
    with pytest.raises(ValueError, match="3000 bytes"):
        sealed(b"x" * (LONGEST_BYTES + 1), RECEIVER.browser, SENDER, SALT)


@pytest.mark.parametrize("contact", ["", "mailto:ops@plant.example"])
def test_a_node_vouches_for_itself_towards_one_service_until_an_instant(contact: str) -> None:
    key = generate_private_key(SECP256R1())
    expires = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
    header = vouched("https://push.example:8443/x/y?z", key, contact, expires)
    claims = vouching(header)
    assert claims.get("sub", "") == contact
    assert (claims["aud"], claims["exp"]) == ("https://push.example:8443", int(expires.timestamp()))
    assert header.endswith(f"k={in_base64(public_bytes(key))}")
    assert expires - datetime(2026, 3, 2, 8, 0, tzinfo=UTC) <= timedelta(hours=24)


@pytest.mark.parametrize("text", ["é", "a b", "AA=A"])
def test_what_is_no_base64_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        of_base64(text)
    assert of_base64(in_base64(b"\xff\xfe")) == b"\xff\xfe"
