from broker.conduits.transaction import listed


def test_a_sentence_shows_eight_values_and_how_many_there_are() -> None:
    assert listed(("1", "?")) == "1, ?"
    assert listed(tuple("123456789")) == "1, 2, 3, 4, 5, 6, 7, 8, … (9 in all)"
