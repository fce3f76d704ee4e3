from broker.reading.found import LONGEST_TEXT, FoundKind, found


def test_whatever_is_found_is_inert_keeps_its_lines_and_has_a_length() -> None:
    one = found(FoundKind.SCREEN, 5, 1, "a\x1b[2J\u202e\nb" + "x" * 9000, deed="d\x00")
    assert one.text.startswith("a\\x1b[2J\\u202e\nbxx")
    assert len(one.text) == LONGEST_TEXT
    assert one.deed == "d\\x00"


def test_nothing_is_found_without_a_text() -> None:
    assert found(FoundKind.TRANSFER, 0, 1, "").text == "?"
