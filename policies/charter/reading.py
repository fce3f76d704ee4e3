"""A table beside what came of it, and the question every reference asks: does it lead anywhere?"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Generic, TypeVar

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


def refers(table: Table, key: str, names: Iterable[str], known: frozenset[str], kind: str) -> None:
    """Note a fault at ``key`` for each of ``names`` that is not ``known``."""
    for name in sorted(names):
        if name and name not in known:
            near = get_close_matches(name, known, n=1)
            remedy = (
                f"Did you mean '{near[0]}'?" if near else f"Describe the {kind} first, or correct the name."
            )
            table.fault(key, f"there is no {kind} '{name}'.", remedy, name)
