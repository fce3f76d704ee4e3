"""What a transport is told of a record."""

from tests.broker.siem.collectors.contract import line


def test_a_line_says_its_place_beside_its_text() -> None:
    one = line(7, b"text")
    assert (one.leaf, one.previous, one.text) == (7, 6, b"text")
