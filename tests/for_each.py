"""Many cases of one sentence in one test: for a small case, what pytest spends on a test is most of what it costs."""

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

Test = Callable[..., Any]
PARAMETER = type(pytest.param(None))


def for_each(
    names: str | Sequence[str], cases: Iterable[Any], ids: Iterable[str] | Callable[[Any], object] = repr
) -> Callable[[Test], Test]:
    """As ``pytest.mark.parametrize``, but one test: a failure names its case, and those after it are not tried.

    For cases without marks that may share whatever fixtures the test asks for. No case at all is an error.
    """
    wanted = [one.strip() for one in names.split(",")] if isinstance(names, str) else list(names)
    alone = isinstance(names, str) and len(wanted) == 1
    given = [one if isinstance(one, PARAMETER) else pytest.param(*([one] if alone else one)) for one in cases]
    if not given or any(one.marks for one in given):
        raise ValueError(f"There are no cases of {wanted} here, or some that are marked.")
    told = (
        [", ".join(str(ids(value)) for value in one.values) for one in given] if callable(ids) else list(ids)
    )
    rows = [
        (str(one.id or name), dict(zip(wanted, one.values, strict=True)))
        for one, name in zip(given, told, strict=True)
    ]

    def made(test: Test) -> Test:
        @functools.wraps(test)
        def at_once(**fixtures: Any) -> None:
            for name, row in rows:
                with _named(name):
                    test(**fixtures, **row)

        @functools.wraps(test)
        async def in_turn(**fixtures: Any) -> None:
            for name, row in rows:
                with _named(name):
                    await test(**fixtures, **row)

        one = in_turn if inspect.iscoroutinefunction(test) else at_once
        asked = inspect.signature(test)
        left = [parameter for name, parameter in asked.parameters.items() if name not in wanted]
        one.__signature__ = asked.replace(parameters=left)  # type: ignore[attr-defined]  # what pytest reads
        return one

    return made


@contextmanager
def _named(case: str) -> Iterator[None]:
    try:
        yield
    except (Exception, pytest.fail.Exception) as error:
        error.add_note(f"The case: {case[:300]}")
        raise
