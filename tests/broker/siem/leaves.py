"""Leaves of every kind, whole and hostile, and records of them."""

import typing
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from broker.siem.context import Plant
from broker.siem.record import Record
from domain.canonical import Json
from domain.events import Event, document

KINDS = sorted(typing.get_args(Event), key=lambda kind: kind.number)
AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
NASTY = 'x|y=z\\ \r\nCEF:0|Evil|e|1|1|e|9|act=x \x1b]52;c;aGk=\x07\u202egpj.exe <30>1 - {"}\x00\u2028'
ORIGIN = "riverside.example/ot-access/1"


def leaf(kind: Any, text: str = "a word", **changed: Any) -> dict[str, Json]:
    """One event of this kind as the ledger has it, every field filled."""
    hints = typing.get_type_hints(kind)
    usual: dict[Any, Any] = {
        datetime: AT,
        datetime | None: AT,
        int: 7,
        bool: True,
        tuple[str, ...]: (text, text),
    }
    given = {one.name: usual.get(hints[one.name], text) for one in fields(kind)}
    return document(kind(**(given | changed)))


TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.just(NASTY) | st.just(NASTY * 100)


@st.composite
def leaves(draw: st.DrawFn) -> dict[str, Json]:
    """Any event with any text in it."""
    kind = draw(st.sampled_from(KINDS))
    return leaf(kind, draw(TEXT))


def record(event: Mapping[str, Json], **changed: Any) -> Record:
    told: dict[str, Any] = {
        "origin": ORIGIN,
        "software": "penstock 0.1.0",
        "target": "soc",
        "leaf": 12,
        "previous": 11,
        "event": event,
        "plant": Plant(),
    }
    return Record(**(told | changed))


class Leaves:
    """A ledger that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def append(self, event: Event) -> int:
        self.events.append(event)
        return len(self.events) - 1
