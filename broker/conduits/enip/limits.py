"""An EtherNet/IP message against the permit's limits: every tag and object that it touches, every value it writes. Pure.

A tag's value goes over the line with its type, so it can be held within bounds; an attribute's is bytes alone.
"""

import struct
from dataclasses import dataclass

from broker.conduits.enip.paths import Path
from broker.conduits.enip.requests import PRIVILEGE, Request, Use, place
from broker.conduits.enip.services import (
    FORWARD_CLOSE,
    FORWARD_OPEN,
    GET_SINGLE,
    LARGE_FORWARD_OPEN,
    MANAGER,
    MODIFY_TAG,
    READ_FRAGMENT,
    READ_TAG,
    SET_SINGLE,
    SYMBOL,
    WRITE_FRAGMENT,
    WRITE_TAG,
)
from broker.conduits.enip.values import TYPES, numbers, texts
from broker.conduits.within import Beyond, Within

INVALID_VALUE = 0x09
"""General status, volume 1, appendix B."""

READS = frozenset({0x01, 0x03, GET_SINGLE, 0x18})
WRITES = frozenset({0x02, 0x04, SET_SINGLE, 0x19})
TAG_READS = frozenset({READ_TAG, READ_FRAGMENT})
TAG_WRITES = frozenset({WRITE_TAG, WRITE_FRAGMENT, MODIFY_TAG})
CONNECTING = frozenset({FORWARD_OPEN, LARGE_FORWARD_OPEN, FORWARD_CLOSE})
NOTHING = 0x17
MOST_ELEMENTS = 64
"""That are held one by one: there are no more limits than that, and of a longer array only its name covers all."""

MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message does not go on, with the general status that says so."""

    code: str
    sentence: str
    status: int = PRIVILEGE


def beyond(within: Within, request: Request) -> Refusal | None:
    """Why ``request`` is not within the limits; None when every service in it is."""
    if not within:
        return None
    return next(filter(None, (_judge(within, use) for use in request.uses)), None)


def _judge(within: Within, use: Use) -> Refusal | None:
    """Why ``use`` is not within. A connection may always be opened: what goes over it is held for itself."""
    unit = int(use.slot) if use.slot else None
    way = _way(use)
    if way is None:
        connecting = use.path.klass == MANAGER and use.code in CONNECTING
        if connecting or use.code == NOTHING or within.uses(unit, use.service.name):
            return None
        return Refusal("ethernet_ip_service_not_permitted", f"The permit's limits do not name this: {use}.")
    found = _written(within, unit, use) if way == "write" else _read(within, unit, use)
    if found is Beyond.VALUE:
        told = ", ".join(texts(int.from_bytes(use.data[:2], "little"), _values(use))[:MOST_SHOWN])
        said = f"The permit's limits do not allow this value: {use}{f' = {told}' if told else ''}."
        return Refusal("ethernet_ip_value_not_permitted", said, INVALID_VALUE)
    if found is Beyond.PLACE:
        return Refusal("ethernet_ip_object_not_permitted", f"The permit's limits do not reach there: {use}.")
    return None


def _way(use: Use) -> str | None:
    """Whether ``use`` reads or writes what its path names; None where it does something else."""
    if use.path.tag or use.path.klass == SYMBOL:
        if use.code in TAG_READS:
            return "read"
        if use.code in TAG_WRITES:
            return "write"
    if use.code in READS:
        return "read"
    return "write" if use.code in WRITES else None


def _read(within: Within, unit: int | None, use: Use) -> Beyond | None:
    if not use.path.tag:
        return None if within.reads_named(unit, "objects", _object(use.path)) else Beyond.PLACE
    count = int.from_bytes(use.data[:2], "little") if use.code in TAG_READS else 1
    names = _elements(use.path.tag, count)
    if within.reads_named(unit, "tags", _all(use.path.tag, count)):
        return None
    return None if names and all(within.reads_named(unit, "tags", one) for one in names) else Beyond.PLACE


def _written(within: Within, unit: int | None, use: Use) -> Beyond | None:
    if not use.path.tag:
        return within.writes_named(unit, "objects", _object(use.path), (None,))
    values = _told(use)
    found = within.writes_named(unit, "tags", _all(use.path.tag, len(values)), values)
    names = _elements(use.path.tag, len(values)) if found is not None else ()
    if not names or use.code == WRITE_FRAGMENT:
        return found
    each = {
        within.writes_named(unit, "tags", one, (value,)) for one, value in zip(names, values, strict=True)
    }
    if Beyond.PLACE in each:
        return found
    return Beyond.VALUE if Beyond.VALUE in each else None


def _told(use: Use) -> tuple[float | None, ...]:
    """The values that ``use`` writes, one after another; None of each where they can't be told."""
    data = use.data
    count = int.from_bytes(data[2:4], "little") if len(data) >= 4 else 0
    if use.code not in {WRITE_TAG, WRITE_FRAGMENT} or not use.path.tag:
        return (None,)
    kind, written = int.from_bytes(data[:2], "little"), _values(use)
    size = struct.calcsize(TYPES[kind][1]) if kind in TYPES else 0
    whole = len(written) == size * count
    if use.code == WRITE_FRAGMENT and size:
        at = int.from_bytes(data[4:8], "little")
        whole = len(data) >= 8 and at % size == len(written) % size == 0 and at + len(written) <= size * count
    if not size or not written or not whole:
        return (None,) * max(1, min(count, MOST_ELEMENTS + 1))
    return numbers(kind, written)


def _values(use: Use) -> bytes:
    return use.data[8 if use.code == WRITE_FRAGMENT else 4 :] if use.code in TAG_WRITES else b""


def _all(tag: str, count: int) -> str:
    """What holds ``count`` neighbours from ``tag`` on; of several the array, whatever its dimensions."""
    return tag if count <= 1 else _split(tag)[0]


def _elements(tag: str, count: int) -> tuple[str, ...]:
    """``count`` neighbours from ``tag`` on, by their names; none where they are too many or their row ends somewhere."""
    array, indexes = _split(tag)
    if count <= 1:
        return (tag,)
    if len(indexes) != 1 or count > MOST_ELEMENTS:
        return ()
    return tuple(f"{array}[{indexes[0] + at}]" for at in range(count))


def _split(tag: str) -> tuple[str, tuple[int, ...]]:
    """A tag's name, and the indexes at its end."""
    indexes: list[int] = []
    while tag.endswith("]") and (found := tag[:-1].rpartition("["))[1] and found[2].isdecimal():
        tag = found[0]
        indexes.insert(0, int(found[2]))
    return tag, tuple(indexes)


def _object(of: Path) -> str:
    """An object as limits name it, in the words of every sentence; nothing that any limit names where it is not by number."""
    return place(of) if of.klass is not None and of.point is None else ""
