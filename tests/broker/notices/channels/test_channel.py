"""What a channel's failures are called, and what is trusted."""

import ssl

import pytest

from broker.notices.channels.channel import DeliveryError, told_apart, trusting


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (TimeoutError(), "timed_out"),
        (ssl.SSLCertVerificationError("self-signed"), "not_trusted"),
        (ConnectionRefusedError(111, "Connection refused"), "unreachable"),
        (EOFError(), "unreachable"),
    ],
)
def test_what_the_network_raises_has_a_code(raised: Exception, code: str) -> None:
    with pytest.raises(DeliveryError, match="The server") as caught, told_apart("The server"):
        raise raised
    assert caught.value.code == code
    assert not caught.value.lasting


@pytest.mark.parametrize("code", ["address_refused", "no_address"])
def test_what_can_only_end_the_same_is_not_tried_again(code: str) -> None:
    assert DeliveryError("No.", code=code).lasting


def test_certificates_and_names_are_always_checked() -> None:
    context = trusting("")
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
