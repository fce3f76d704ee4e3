import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.charter.addresses import address
from policies.charter.wording import UnusableError
from tests.for_each import for_each


@pytest.mark.parametrize(
    "text", ["10.20.30.40", "192.168.1.1", "172.16.0.1", "100.64.0.1", "fd00::7", "2001:db8::1"]
)
def test_an_assets_own_address_is_accepted(text: str) -> None:
    assert str(address(text, demonstration=False)) == text
    assert str(address(text, demonstration=True)) == text


@pytest.mark.parametrize("text", ["127.0.0.1", "127.255.255.254", "::1"])
def test_this_machine_is_an_asset_only_in_a_demonstration(text: str) -> None:
    assert str(address(text, demonstration=True)) == text
    with pytest.raises(UnusableError, match="this machine itself"):
        address(text, demonstration=False)


@for_each(
    ("text", "fact"),
    [
        ("localhost", "names are refused"),
        ("plc-07.plant.example", "names are refused"),
        ("0", "names are refused"),
        ("127.1", "names are refused"),
        ("2130706433", "names are refused"),
        ("0x7f.1", "names are refused"),
        ("0x7f000001", "names are refused"),
        ("017700000001", "names are refused"),
        ("127.0.0.01", "names are refused"),
        ("①②⑦.0.0.1", "names are refused"),
        ("127。0。0。1", "names are refused"),
        ("10.0.0.1/24", "names are refused"),
        ("10.0.0.1:22", "names are refused"),
        ("[::1]", "names are refused"),
        ("{{7*7}}", "names are refused"),
        ("10.0.0.1\r\nHost: x", "names are refused"),
        (" 10.0.0.1", "names are refused"),
        ("", "names are refused"),
        ("fe80::1%eth0", "names an interface"),
        ("fe80::1", "link-local"),
        ("169.254.169.254", "link-local"),
        ("0.0.0.0", "any address"),
        ("::", "any address"),
        ("0.1.2.3", "reserved"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("::ffff:127.0.0.1", "hides an IPv4 address"),
        ("::ffff:7f00:1", "hides an IPv4 address"),
        ("::ffff:a00:1", "hides an IPv4 address"),
        ("::7f00:1", "hides an IPv4 address"),
        ("64:ff9b::7f00:1", "hides an IPv4 address"),
        ("64:ff9b:1::a00:1", "hides an IPv4 address"),
        ("2002:7f00:1::", "hides an IPv4 address"),
        ("2001:0:1::1", "hides an IPv4 address"),
        ("FD00::7", "another written form"),
        ("fd00:0::7", "another written form"),
    ],
)
@for_each("demonstration", [False, True])
def test_abuse_19_a_disguised_address_is_refused(text: str, fact: str, demonstration: bool) -> None:
    with pytest.raises(UnusableError) as caught:
        address(text, demonstration=demonstration)
    assert fact in caught.value.fact
    assert caught.value.remedy


@given(st.one_of(st.text(), st.ip_addresses().map(str)), st.booleans())
def test_whatever_is_accepted_is_its_own_written_form(text: str, demonstration: bool) -> None:
    try:
        found = address(text, demonstration=demonstration)
    except UnusableError:
        return
    assert str(found) == text
    assert not (found.is_multicast or found.is_unspecified or found.is_link_local)
    assert demonstration or not found.is_loopback
