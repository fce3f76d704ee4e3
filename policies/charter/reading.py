"""A table beside what came of it, and the question every reference asks: does it lead anywhere?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Generic, TypeVar

from domain.ids import is_word
from policies.charter.table import Table

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """A table, and what came of it; None when it had a fault of its own."""

    table: Table
    value: T | None

    @property
    def id(self) -> str:
        """The id that the table declares, even when the rest of it is faulty."""
        return self.table.declared("id")


FILED = frozenset({"site", "zone", "asset", "vendor", "tool", "person"})
"""Kinds of which every charter has one: that there is none at all is a fault of its own, told once."""


def refers(
    table: Table,
    key: str,
    names: Iterable[str],
    known: frozenset[str],
    kind: str,
    *,
    others: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Note a fault at ``key`` for each of ``names`` that is not ``known``.

    ``others``: ids of other things, and what each is. What is no id at all has been noted where it was read.
    """
    for name in sorted(names):
        if not is_word(name) or name in known or (not known and kind in FILED):
            continue
        near = get_close_matches(name, known, n=1)
        if name in others:
            remedy = f"'{name}' is {others[name]}: name the {kind}."
        elif near:
            remedy = f"Did you mean '{near[0]}'?"
        else:
            remedy = f"Describe the {kind} first, or correct the name."
        table.fault(key, f"there is no {kind} '{name}'.", remedy, name)
