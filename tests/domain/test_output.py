import typing

import pytest

from domain.output import Answer, Cut, Output, ToAsset, ToVendor


@pytest.mark.parametrize("output", [ToAsset(b"\x01"), ToVendor(b"\x01"), Answer(b"\x01"), Cut("not_modbus")])
def test_an_output_is_a_value_of_the_closed_union(output: Output) -> None:
    assert type(output) in typing.get_args(Output)
    assert output == type(output)(*(getattr(output, name) for name in output.__slots__))


def test_outputs_with_the_same_bytes_in_different_directions_differ() -> None:
    assert len({ToAsset(b"x"), ToVendor(b"x"), Answer(b"x")}) == 3
