from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.tcp.filter import Opaque
from domain.output import ToAsset, ToVendor


@given(st.lists(st.binary()))
def test_every_byte_passes_in_order_however_the_stream_is_split(chunks: list[bytes]) -> None:
    opaque = Opaque()
    to_asset = [one for chunk in chunks for one in opaque.from_vendor(chunk)]
    to_vendor = [one for chunk in chunks for one in opaque.from_asset(chunk)]
    assert to_asset == [ToAsset(chunk) for chunk in chunks]
    assert to_vendor == [ToVendor(chunk) for chunk in chunks]
