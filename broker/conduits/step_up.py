"""Functions that need a proof of their own: which requests touch what the charter lists, and who is asked. Pure.

``Listed`` turns the question of ``Within`` round: what it does not let through is what touches something that is listed, even
by a part of it. So each protocol's own ``beyond`` finds it, by the same reading that holds a permit's limits.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from broker.conduits.within import Beyond, Value, Within
from domain.access import Action
from domain.plant import Limit, Way

STEP_UP = "proof_needed"
"""The code of what is held, over any protocol."""


class Listed(Within):
    """What a charter lists of one protocol: nothing that touches any of it is within."""

    def uses(self, unit: int | None, function: str, name: str = "") -> bool:
        """Whether this function, of this ``name``, is none of those listed."""
        return not any(self._named(one, name) for one in self._of(Way.USE, unit, function))

    def asks(self, method: str, path: str) -> bool:
        """Whether nothing is listed: of web pages nothing can be."""
        return not self and bool(method or path)

    def reads(self, unit: int | None, place: str, first: int, count: int, name: str = "") -> bool:
        """Whether none of ``count`` neighbours from ``first`` is listed."""
        return not any(
            _overlaps(one, first, count) and self._named(one, name) for one in self._of(Way.READ, unit, place)
        )

    def writes(
        self, unit: int | None, place: str, first: int, values: Sequence[Value | None], name: str = ""
    ) -> Beyond | None:
        """That one of these places is listed, whatever is written there; None where none is."""
        touched = any(
            _overlaps(one, first, len(values)) and self._named(one, name)
            for one in self._of(Way.WRITE, unit, place)
        )
        return Beyond.PLACE if touched else None

    def reads_named(self, unit: int | None, place: str, name: str) -> bool:
        """Whether neither this name, nor what it lies within, nor a part of it is listed."""
        return not self._touched(Way.READ, unit, place, name)

    def writes_named(
        self,
        unit: int | None,
        place: str,
        name: str,
        values: Iterable[Value | None],  # noqa: ARG002 - any value needs it
    ) -> Beyond | None:
        """That this name, what it lies within, or a part of it is listed; None where none is."""
        return Beyond.PLACE if self._touched(Way.WRITE, unit, place, name) else None

    def _of(self, way: Way, unit: int | None, place: str) -> Iterable[Limit]:
        return (
            one for one in self._limits if (one.way, one.place) == (way, place) and one.unit in {None, unit}
        )

    def _touched(self, way: Way, unit: int | None, place: str, name: str) -> bool:
        if any(self._named(one, name) for one in self._of(way, unit, place)):
            return True
        # A tag that is addressed by its number: nobody here knows which it is.
        by_number = (place, name.partition(" ")[0]) == ("objects", "symbol")
        return by_number and any(one.place == "tags" and one.way is way for one in self._limits)

    def _named(self, one: Limit, name: str) -> bool:
        """Whether ``name`` and what is listed lie one within the other. Devices do not tell capitals apart."""
        if not one.name or not name:
            return True
        inner, outer = (
            {holder.casefold() for holder, _valued in self._holders(one.place, said)}
            for said in (name, one.name)
        )
        return one.name.casefold() in inner or name.casefold() in outer


def _overlaps(one: Limit, first: int, count: int) -> bool:
    return one.last < 0 or (one.first < first + count and first <= one.last)


@dataclass(frozen=True, slots=True)
class StepUp:
    """What a filter is given: what is listed, and who says whether a request was proved."""

    listed: Listed
    missing: Callable[[str, bytes], str]
    """Given a request in words, and SHA-256 of what it does to the device: why it is held, in a sentence; empty where it passes, once."""
    actions: frozenset[Action] = frozenset()
    """Whatever is of these kinds needs a proof, listed or not."""

    def asks(self, does: Iterable[Action], beyond: object) -> bool:
        """Whether a request needs a proof: by what it ``does``, or because it lies ``beyond`` what is not listed."""
        return beyond is not None or not self.actions.isdisjoint(does)

    def held(self, request: str, exact: Iterable[bytes]) -> str:
        """Why a request that touches what is listed is held, or nothing. ``exact``: all that says what it does, each by itself."""
        digest = hashlib.sha256()
        for part in exact:
            digest.update(len(part).to_bytes(4))
            digest.update(part)
        return self.missing(request, digest.digest())


def _none_missing(_request: str, _exact: bytes) -> str:
    return ""


NOTHING_LISTED = StepUp(Listed(()), _none_missing)
