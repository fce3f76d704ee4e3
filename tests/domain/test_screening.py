from domain.screening import FileKind, FileRules


def test_what_says_nothing_lets_nothing_through_by_itself() -> None:
    rules = FileRules()
    assert not rules.at_once
    assert rules == FileRules(False, 0, frozenset(), frozenset(), frozenset())


def test_a_kind_is_written_as_a_word_of_a_charter() -> None:
    assert all(one.value.replace("-", "").isalnum() and one.value.islower() for one in FileKind)
