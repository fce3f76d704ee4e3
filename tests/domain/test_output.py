import typing

import pytest

from domain.output import Answer, Cut, Output, ToAsset, ToVendor, Withhold

NO = Answer("not_permitted", "The permit is not for this.", b"\x01")


@pytest.mark.parametrize(
    "output",
    [ToAsset(b"\x01"), ToVendor(b"\x01"), NO, Withhold("unasked", 1), Cut("not_modbus", "It is no Modbus.")],
)
def test_an_output_is_a_value_of_the_closed_union(output: Output) -> None:
    assert type(output) in typing.get_args(Output)
    assert output == type(output)(*(getattr(output, name) for name in output.__slots__))


def test_outputs_with_the_same_bytes_in_different_directions_differ() -> None:
    assert len({ToAsset(b"x"), ToVendor(b"x"), Answer("no", "No.", b"x")}) == 3
