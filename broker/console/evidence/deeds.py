"""What was done in a session, counted and in short, to be held against what it was asked for. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from broker.reading.found import Found, FoundKind
from domain.canonical import Json, text_in

MOST_NAMED = 12
"""Commands and files that are named; the rest is counted, and in the search."""


@dataclass(frozen=True, slots=True)
class Deeds:
    """One session's, by the index and by the ledger's own events. ``read`` is False while the index knows nothing of it."""

    read: bool
    commands: tuple[str, ...]
    command_count: int
    files: tuple[tuple[str, str, int], ...]
    """What was done to a file, its name, and how many bytes crossed."""
    file_count: int
    file_octets: int
    passages: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    """Passages that were refused, and by what code."""
    held: int
    """How often input waited: a pause, another state, nobody there."""


def deeds(things: Iterable[Found], events: Iterable[Mapping[str, Json]]) -> Deeds:
    """What ``things`` of the index and ``events`` of the ledger say of one session."""
    found, told = tuple(things), tuple(events)
    commands = [one.text for one in found if one.kind is FoundKind.COMMAND]
    files = [(one.deed, one.text, one.octets) for one in found if one.kind is FoundKind.TRANSFER]
    opened = (one for one in told if one.get("event") == "PassageOpened")
    refused = (one for one in told if one.get("event") == "PassageRefused")
    return Deeds(
        read=bool(found),
        commands=tuple(commands[:MOST_NAMED]),
        command_count=len(commands),
        files=tuple(files[:MOST_NAMED]),
        file_count=len(files),
        file_octets=sum(octets for _deed, _name, octets in files),
        passages=tuple(f"{text_in(one, 'passage')} {text_in(one, 'detail')}".strip() for one in opened),
        refused=tuple(
            (f"{text_in(one, 'passage')} {text_in(one, 'detail')}".strip(), text_in(one, "code"))
            for one in refused
        ),
        held=sum(one.get("event") in {"SessionHeld", "SessionPaused"} for one in told),
    )
