"""What the gate and an engine say to each other."""

import pytest

from broker.conduits.rdp.order import Order, OrderError, Step, Told
from tests.for_each import for_each

ORDER = Order("operator", "pass", "ab" * 32, 1280, 800)


def test_what_is_sent_is_what_is_read_and_no_password_is_ever_printed() -> None:
    assert Order.of(ORDER.wire()) == ORDER
    assert "pass'" not in repr(ORDER)
    told = Told(Step.REFUSED, "rdp_failed", "It did not.", "Try again.")
    assert Told.of(told.wire()) == told


@for_each(
    "wire", [b"", b"[]", b"{}", b'{"step": "sideways", "code": "", "sentence": "", "remedy": ""}', b"\xff"]
)
def test_what_is_none_of_these_is_an_error_of_ours(wire: bytes) -> None:
    for kind in (Order, Told):
        with pytest.raises(OrderError):
            kind.of(wire)
