"""Many cases in one test are all tried, in turn, and a failure says which it was."""

import pytest

from tests.for_each import for_each

FOUR = [pytest.param(1, "a", id="the first"), (1, "b"), (2, "a"), (2, "b")]


def test_every_case_is_tried_with_what_the_test_asks_for_besides() -> None:
    tried = []

    @for_each("number", [1, 2])
    @for_each(("letter",), [("a",), ("b",)])
    def asked(number: int, letter: str, more: str) -> None:
        tried.append((number, letter, more))

    asked(more="x")
    assert tried == [(1, "a", "x"), (1, "b", "x"), (2, "a", "x"), (2, "b", "x")]


async def test_so_is_every_case_of_a_test_that_waits() -> None:
    tried = []

    @for_each("number, letter", FOUR)
    async def asked(number: int, letter: str) -> None:
        tried.append((number, letter))

    await asked()
    assert tried == [(1, "a"), (1, "b"), (2, "a"), (2, "b")]


@pytest.mark.parametrize(("wrong", "named"), [((1, "a"), "the first"), ((2, "a"), "2, 'a'")])
def test_a_failure_names_its_case(wrong: tuple[int, str], named: str) -> None:
    @for_each(("number", "letter"), FOUR)
    def asked(number: int, letter: str) -> None:
        with pytest.raises(ZeroDivisionError):
            _ = 1 if (number, letter) == wrong else 1 / 0

    with pytest.raises(pytest.fail.Exception) as failed:
        asked()
    assert failed.value.__notes__ == [f"The case: {named}"]


@pytest.mark.parametrize(
    "cases", [[], [pytest.param(1, marks=pytest.mark.xfail)]], ids=["none", "a marked one"]
)
def test_what_would_be_asked_of_nothing_or_not_as_marked_is_no_test(cases: list) -> None:
    with pytest.raises(ValueError, match="no cases"):
        for_each("one", cases)
