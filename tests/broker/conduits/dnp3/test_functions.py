from broker.conduits.dnp3.functions import BY_OBJECT, FUNCTIONS, listed
from domain.access import Action


def test_only_what_the_standard_names_stands_in_the_table() -> None:
    assert set(FUNCTIONS) == set(range(34))


def test_whatever_changes_something_is_more_than_looking() -> None:
    """C11, D13."""
    looks = {0, 1, 23, 25, 26, 28, 29, 30, 32, 33}
    assert {code for code, one in FUNCTIONS.items() if one.action is Action.VIEW} == looks
    assert {code for code, one in FUNCTIONS.items() if one.action is Action.OPERATE} == {3, 4, 5, 6}
    assert {code for code, one in FUNCTIONS.items() if one.action is Action.OVERRIDE} == set(range(13, 19))
    assert Action.VIEW not in BY_OBJECT.values()


def test_what_is_never_answered_is_known() -> None:
    assert {code for code, one in FUNCTIONS.items() if not one.answered} == {0, 6, 8, 10, 12, 33}


def test_the_list_has_each_function_and_each_exception() -> None:
    assert len(list(listed())) == len(FUNCTIONS) + len(BY_OBJECT)
