from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.enip.paths import Path, PathError, path


def test_an_object_a_tag_and_a_route_are_read() -> None:
    for data, found in (
        ("20 01 24 01 30 07", Path(1, 1, 7)),
        ("21 00 6b 00 25 00 00 01", Path(0x6B, 256)),
        ("20 04 26 00 01 00 00 00 30 03", Path(4, 1, 3)),
        ("20 04 24 64 2c 65", Path(4, 100, None, 101)),
        ("91 05 53706565 64 00", Path(tag="Speed")),
        ("91 04 4c696e65 28 03 91 02 4f6e", Path(tag="Line[3].On")),
        ("01 00", Path(hops=((1, "0"),))),
        ("12 08 31302e312e312e31", Path(hops=((2, "10.1.1.1"),))),
        ("1f 01 12 00 41 00", Path(hops=((18, "A"),))),
        ("01 02 34 04 0000 0000 0000 00 00 20 02 24 01", Path(2, 1, hops=((1, "2"),))),
    ):
        assert path(bytes.fromhex(data)) == found, data


def test_what_could_be_two_objects_is_none() -> None:
    """C11."""
    for data in (
        "20", "21 00 6b", "20 01 20 02", "24 01 24 02", "20 01 24", "21 01 6b 00", "32 00 01 00 00 00",
        "91 00", "91 05 53706565", "91 05 5370656564", "91 05 53706565 64 01", "91 02 0a0b", "91 02 4f6e 20 6b", "20 6b 91 02 4f6e",
        "20 01 01 00", "80 01 0000", "43 02 0000", "00 00", "01", "12 00", "34 04 0000", "28 01 34",
    ):  # fmt: skip
        with pytest.raises(PathError) as told:
            path(bytes.fromhex(data))
        assert told.value.sentence.endswith(".")


@given(st.binary(max_size=24))
def test_nothing_else_comes_of_any_bytes(data: bytes) -> None:
    with suppress(PathError):
        assert path(data) is not None
