"""How an RDP connection begins, and what is no beginning."""

import pytest

from broker.conduits.rdp.negotiation import REQUEST, NoRdpError, agreed, length_of
from tests.for_each import for_each

TLS = bytes.fromhex("03000013 0ed00000123400 02 00 0800 01000000")
NLA = bytes.fromhex("03000013 0ed00000123400 02 1f 0800 02000000")


def test_the_request_is_one_message_that_offers_tls_and_nla() -> None:
    assert length_of(REQUEST[:4]) == len(REQUEST) == 19
    assert REQUEST[-4:] == b"\3\0\0\0"


def test_a_server_that_begins_with_tls_is_one() -> None:
    agreed(TLS)
    agreed(NLA)


@for_each(
    ("answer", "why"),
    [
        (bytes.fromhex("03000013 0ed00000123400 03 00 0800 02000000"), "does not speak TLS at all"),
        (bytes.fromhex("03000013 0ed00000123400 03 00 0800 63000000"), "reason 99"),
        (bytes.fromhex("03000013 0ed00000123400 02 00 0800 00000000"), "old security"),
        (bytes.fromhex("0300000b 06d00000123400"), "old security"),
        (bytes.fromhex("03000013 0ef00000123400 02 00 0800 01000000"), "no RDP server"),
        (b"\3\0\0\5\0", "no RDP server"),
    ],
)
def test_every_other_answer_is_told_in_a_sentence(answer: bytes, why: str) -> None:
    with pytest.raises(NoRdpError, match=why):
        agreed(answer)


@for_each("head", [b"SSH-", b"\3\0\0\4", b"\3\0\xff\xff", b"\x16\3\1\0"])
def test_what_is_no_message_of_rdp_is_not_waited_for(head: bytes) -> None:
    with pytest.raises(NoRdpError, match="no RDP server"):
        length_of(head)
