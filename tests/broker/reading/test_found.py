import pytest

from broker.reading.found import LONGEST_TEXT, FoundKind, found, time_code


def test_whatever_is_found_is_inert_keeps_its_lines_and_has_a_length() -> None:
    one = found(FoundKind.SCREEN, 5, 1, "a\x1b[2J\u202e\nb" + "x" * 9000, deed="d\x00")
    assert one.text.startswith("a\\x1b[2J\\u202e\nbxx")
    assert len(one.text) == LONGEST_TEXT
    assert one.deed == "d\\x00"


def test_nothing_is_found_without_a_text() -> None:
    assert found(FoundKind.TRANSFER, 0, 1, "").text == "?"


@pytest.mark.parametrize(
    ("at_us", "shown"),
    [(0, "0:00:00"), (59_999_999, "0:00:59"), (3_661_000_000, "1:01:01"), (10**12, "277:46:40")],
)
def test_a_time_code_is_hours_minutes_seconds(at_us: int, shown: str) -> None:
    assert time_code(at_us) == shown
