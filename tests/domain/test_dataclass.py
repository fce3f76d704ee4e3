"""Ours beside the standard library's: the same class body, made by both, behaves the same."""

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any, ClassVar

import pytest

from domain import dataclass as ours
from domain.dataclass import dataclass

Make = Callable[..., Any]
MAKERS = (dataclasses.dataclass, dataclass)
OPTIONS = (
    {},
    {"slots": True},
    {"slots": True, "eq": False},
    {"frozen": True},
    {"frozen": True, "slots": True},
    {"frozen": True, "slots": True, "eq": False},
    {"frozen": True, "slots": True, "kw_only": True},
    {"frozen": True, "slots": True, "order": True},
)


def one() -> type[Any]:
    class Body:
        """One."""

        number: float

    return Body


def several() -> type[Any]:
    class Body:
        """Each kind of field."""

        kind: ClassVar[str] = "each"

        number: int
        name: str = "n"
        parts: list[int] = field(default_factory=list)
        unseen: int = field(default=3, repr=False)
        beside: list[int] = field(default_factory=lambda: [1], compare=False)
        unhashed: int = field(default=4, hash=False)
        told: int = field(default=5, kw_only=True)
        kept: tuple[int, ...] = field(default=(1,), init=False)
        made: dict[str, int] = field(default_factory=dict, init=False)

        def twice(self) -> int:
            return self.number * 2

    return Body


def guarded() -> type[Any]:
    class Body:
        """Looks at what it was given, and computes."""

        number: int
        square: int = field(init=False)

        def __post_init__(self) -> None:
            if self.number < 0:
                raise ValueError(self.number)
            object.__setattr__(self, "square", self.number**2)

    return Body


def its_own() -> type[Any]:
    class Body:
        """Says everything itself."""

        number: int

        def __init__(self, number: int, more: int) -> None:
            object.__setattr__(self, "number", number + more)

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 7

        def __repr__(self) -> str:
            return "mine"

    return Body


def compares() -> type[Any]:
    class Body:
        """Says how it compares, and not how it hashes."""

        number: int

        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None  # type: ignore[assignment] # as Python sets it

    return Body


def outcome(do: Callable[[], object]) -> object:
    """What it returns or raises, as words: the two classes are never equal themselves."""
    try:
        return do()
    except Exception as error:  # noqa: BLE001 (whatever it is, the other must raise it too)
        return type(error), str(error)


def behaviour(cls: Any, *given: Any, **named: Any) -> dict[str, object]:
    """Everything that anybody can see of such a class."""
    seen: dict[str, object] = {
        "signature": outcome(lambda: str(inspect.signature(cls))),
        "annotations": cls.__init__.__annotations__,
        "match": cls.__match_args__,
        "slots": getattr(cls, "__slots__", None),
        "fields": [(each.name, each.init, each.repr, each.kw_only) for each in dataclasses.fields(cls)],
        "document": cls.__doc__,
        "qualified": cls.__init__.__qualname__,
        "surplus": outcome(lambda: cls(*given, **named, surplus=1)),
        "missing": outcome(cls),
    }
    made = outcome(lambda: cls(*given, **named))
    if isinstance(made, tuple):
        return seen | {"made": made}
    again, name = cls(*given, **named), dataclasses.fields(cls)[0].name

    def assigned() -> object:
        setattr(again, name, 9)
        return repr(again)

    def deleted() -> object:
        delattr(again, name)
        return hasattr(again, name)

    return seen | {
        "words": repr(made),
        "equal": made == again,
        "unlike": outcome(lambda: made == 5),
        "hash": outcome(lambda: hash(made) == hash(again)),
        "hashed": cls.__hash__ is None,
        "hash value": outcome(lambda: hash(made)) if cls.__hash__ is not object.__hash__ else None,
        "dictionary": outcome(lambda: dataclasses.asdict(made)),
        "replaced": outcome(lambda: repr(dataclasses.replace(made, **{name: 4}))),
        "below": outcome(lambda: made < again),
        "copied": repr(copy.copy(made)),
        "deep": repr(copy.deepcopy(made)),
        "assigned": outcome(assigned),
        "deleted": outcome(deleted),
    }


def normal(seen: dict[str, object]) -> dict[str, object]:
    """Without the one thing that is each class's own: which of the two it is."""
    return {name: str(value) for name, value in seen.items()}


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize(
    ("body", "given", "named"),
    [
        (one, (1.5,), {}),
        (one, (), {"number": 2}),
        (several, (1,), {}),
        (several, (1, "name", [2]), {"told": 6}),
        (several, (), {"number": 1, "unseen": 8}),
        (guarded, (3,), {}),
        (guarded, (), {"number": 3}),
        (guarded, (-1,), {}),
        (its_own, (1, 2), {}),
        (compares, (1,), {}),
    ],
)
def test_a_class_is_what_the_standard_library_makes_of_it(
    body: Callable[[], type[Any]], given: tuple[Any, ...], named: dict[str, Any], options: dict[str, bool]
) -> None:
    theirs, own = ((make(**options) if options else make)(body()) for make in MAKERS)
    assert normal(behaviour(own, *given, **named)) == normal(behaviour(theirs, *given, **named))


def test_a_list_that_holds_itself_is_told_once() -> None:
    @dataclass(slots=True)
    class Holds:
        """One that can hold itself."""

        inside: list[Any]

    holding = Holds([])
    holding.inside.append(holding)
    assert repr(holding).endswith("Holds(inside=[...])")


def test_nan_equals_itself_as_it_does_in_a_tuple() -> None:
    @dataclass(frozen=True, slots=True)
    class Reading:
        """One number."""

        value: float

    assert Reading(nan := float("nan")) == Reading(nan)


@dataclass(frozen=True, slots=True)
class Wide:
    """At the head of a module, so that it can be pickled."""

    number: int
    name: str = "n"


@dataclass(frozen=True, slots=True)
class Wider(Wide):
    """With a field more."""

    more: int = 1


def test_one_is_pickled_frozen_and_with_slots() -> None:
    assert pickle.loads(pickle.dumps(Wider(1, "m", 3))) == Wider(1, "m", 3)


def test_a_class_below_has_all_fields_and_equals_none_of_the_class_above() -> None:
    assert repr(Wider(1)) == "Wider(number=1, name='n', more=1)"
    assert Wide(1) != Wider(1)
    assert hash(Wider(1)) == hash((1, "n", 1))


def test_a_plain_class_below_may_have_more_that_is_not_frozen() -> None:
    class Below(Wide):
        more = 0

    below = Below(1)
    below.more = 2
    assert below.more == 2
    with pytest.raises(FrozenInstanceError):
        below.number = 2  # type: ignore[misc] # this is the test


def test_what_is_no_field_is_refused_like_one() -> None:
    """The standard library refuses it too, up to Python 3.13 with words about its own inside."""
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'colour'"):
        Wide(1).colour = 2  # type: ignore[attr-defined] # this is the test


def test_a_field_without_a_default_after_one_with_is_refused() -> None:
    with pytest.raises((TypeError, SyntaxError)):

        @dataclass(frozen=True)
        class _Wrong:  # a checker reads it too, and says the same
            name: str = "n"
            number: int  # type: ignore[misc] # this is the test


def test_a_class_of_ours_is_found_where_it_is_written() -> None:
    assert Wide.__init__.__module__ == __name__
    assert ours.dataclass is dataclass
