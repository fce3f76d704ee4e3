"""``dataclass`` as in the standard library, made in a fifth of the time.

A process of a node has some six hundred of them. Up to Python 3.12 the standard library compiles six functions for each,
which was a third of what a start cost. Here ``__init__`` alone is compiled; the others are the same few functions over
the fields of each class. What a class then does is the same: ``tests/domain/test_dataclass.py`` holds the two side by side.

``InitVar`` is not for here; ``order``, which hardly anything has, is left to the standard library.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls: type[Any] | None = None, /, **options: bool) -> Any:
        """``dataclasses.dataclass``."""
        return _make(cls) if cls is not None else lambda cls: _make(cls, **options)


Fields = tuple["Field[Any]", ...]


class _Factory:
    """The default in a signature where each instance gets its own."""

    def __repr__(self) -> str:
        return "<factory>"


_FACTORY = _Factory()
_SET = object.__setattr__


def _make(
    cls: type[Any],
    *,
    frozen: bool = False,
    slots: bool = False,
    kw_only: bool = False,
    eq: bool = True,
    order: bool = False,
) -> type[Any]:
    if order:
        return dataclasses.dataclass(frozen=frozen, slots=slots, kw_only=kw_only, eq=eq, order=order)(cls)
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
    each, own = fields(made), made.__dict__
    if eq:
        # A class that says how it compares has its __hash__ set to None by Python itself.
        hashes = "__hash__" in own and not (own["__hash__"] is None and "__eq__" in own)
        if not hashes:
            made.__hash__ = _hash_by(each) if frozen else None
        _add(made, "__eq__", _equal_by(each))
    _add(made, "__repr__", _words)
    _add(made, "__init__", _init_of(made, each, frozen=frozen, slots=slots))
    if frozen:
        made.__setattr__, made.__delattr__ = _refusals(made, each)
        if slots:
            _add(made, "__getstate__", _state)
            _add(made, "__setstate__", _take_state)
    return made  # type: ignore[no-any-return]


def _add(cls: type[Any], name: str, function: Callable[..., Any]) -> None:
    """Have it, unless the class says otherwise itself."""
    if name not in cls.__dict__:
        setattr(cls, name, function)


def _init_of(cls: type[Any], each: Fields, *, frozen: bool, slots: bool) -> Callable[..., None]:
    """What sets the fields, in order. Compiled, since the parameters are each class's own."""
    scope: dict[str, Any] = {"__name__": cls.__module__, "__set__": _SET, "__factory__": _FACTORY}
    plain: list[str] = ["self"]
    by_name: list[str] = []
    lines: list[str] = []
    for one in each:
        name = value = one.name
        default = ""
        if one.default_factory is not MISSING:
            scope[f"__make_{name}__"] = one.default_factory
            value = f"__make_{name}__()"
            if one.init:
                value, default = f"{value} if {name} is __factory__ else {name}", "=__factory__"
        elif one.default is not MISSING:
            scope[f"__default_{name}__"] = one.default
            default = f"=__default_{name}__"
            if not one.init:
                value = f"__default_{name}__"
        if one.init:
            (by_name if one.kw_only else plain).append(f"{name}{default}")
        elif one.default_factory is MISSING and not (slots and default):
            continue  # the class has the default itself, or __post_init__ sets it
        lines.append(f" __set__(self, {name!r}, {value})" if frozen else f" self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    parameters = ", ".join([*plain, "*", *by_name] if by_name else plain)
    exec("\n".join([f"def __init__({parameters}):", *(lines or [" pass"])]), scope)  # noqa: S102 (names of our own fields)
    init = scope["__init__"]
    init.__annotations__ = {one.name: one.type for one in each if one.init} | {"return": None}
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init  # type: ignore[no-any-return]


def _values_of(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """What reads these of an instance, as a tuple however many there are."""
    match names:
        case ():
            return lambda _instance: ()
        case (name,):
            only = attrgetter(name)
            return lambda instance: (only(instance),)
        case _:
            return attrgetter(*names)


def _equal_by(each: Fields) -> Callable[[Any, object], bool]:
    values = _values_of(tuple(one.name for one in each if one.compare))

    def __eq__(self: object, other: object) -> bool:  # noqa: N807
        if other.__class__ is self.__class__:
            return values(self) == values(other)
        return NotImplemented

    return __eq__


def _hash_by(each: Fields) -> Callable[[Any], int]:
    values = _values_of(tuple(one.name for one in each if (one.compare if one.hash is None else one.hash)))

    def __hash__(self: object) -> int:  # noqa: N807
        return hash(values(self))

    return __hash__


def _refusals(cls: type[Any], each: Fields) -> tuple[Callable[..., None], Callable[..., None]]:
    """What keeps a frozen instance as it is; a class below this one may have more that isn't frozen."""
    names = frozenset(one.name for one in each)

    def __setattr__(self: object, name: str, value: object) -> None:  # noqa: N807
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def __delattr__(self: object, name: str) -> None:  # noqa: N807
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    return __setattr__, __delattr__


@recursive_repr()
def _words(self: Any) -> str:
    told = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{self.__class__.__qualname__}({told})"


def _state(self: Any) -> list[Any]:
    """For ``pickle`` and ``copy``, which would otherwise set what is frozen."""
    return [getattr(self, one.name) for one in fields(self)]


def _take_state(self: Any, state: list[Any]) -> None:
    for one, value in zip(fields(self), state, strict=True):
        _SET(self, one.name, value)
