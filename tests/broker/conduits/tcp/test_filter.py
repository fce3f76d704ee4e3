from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.tcp.filter import Opaque
from domain.output import Cut, ToAsset, ToVendor
from domain.plant import Tunnel


def test_a_tunnel_ends_it_and_nothing_crosses_any_more() -> None:
    opaque = Opaque()
    (cut,) = opaque.from_vendor(b"SSH-2.0-x\r\n")
    assert isinstance(cut, Cut)
    assert cut.code == "unrecordable_inner_tunnel"
    assert "(ssh)" in cut.sentence
    for again in (opaque.from_vendor(b"x"), opaque.from_asset(b"x")):
        assert [type(one) for one in again] == [Cut]
    allowed = Opaque(frozenset({Tunnel.SSH}))
    assert list(allowed.from_vendor(b"SSH-2.0-x\r\n")) == [ToAsset(b"SSH-2.0-x\r\n")]


@given(st.lists(st.binary()))
def test_every_byte_passes_in_order_however_the_stream_is_split(chunks: list[bytes]) -> None:
    opaque = Opaque()
    to_asset = [one for chunk in chunks for one in opaque.from_vendor(chunk)]
    to_vendor = [one for chunk in chunks for one in opaque.from_asset(chunk)]
    assert to_asset == [ToAsset(chunk) for chunk in chunks]
    assert to_vendor == [ToVendor(chunk) for chunk in chunks]
