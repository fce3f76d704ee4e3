"""How tests go through every door of the console: what fills an address, and who may read what it leads to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from broker.console.access import ACCESS, Door
from broker.console.roles import Role

READERS: Mapping[Role | None, str] = {
    None: "petra",
    Role.VENDOR: "ana",
    Role.HOLDER: "petra",
    Role.LEAD: "sven",
    Role.AUDITOR: "iris",
    Role.SHIFT: "milo",
}
"""Somebody of the demonstration plant for each role; None is anybody who is known."""

STREAMS = frozenset(
    f"{prefix}/sessions/{name}" for prefix in ("", "/api/v1") for name in ("live", "{session}/screen")
) | {"/sessions/{session}/picture"}
"""What goes on until its reader leaves; whatever stands in between is asked to hold none of it back."""

DOWNLOADS = frozenset(
    {
        "/voids.csv",
        "/voids.json",
        "/assurance/oscal",
        "/evidence/sessions/{session}/case-file",
        "/evidence/sessions/{session}/transactions.csv",
        "/evidence/sessions/{session}/capture/{channel}",
        "/applications/{application}/draft",
        "/api/v1/evidence/sessions/{session}/case-file",
    }
)
"""What a browser saves rather than shows."""

NOWHERE = {
    "user_id": "x",
    "pending": "x",
    "template": "x",
    "path": "000.p/1",
    "token": "x",
    "browser": "x",
    "key": "0" * 16,
    "application": "x",
    "link": "x",
    "file": "x",
    "zone": "operations",
    "control": "BC-02",
    "screen": "1",
}
"""Places that lead nowhere: what is behind such a door is found, or not, once it has opened."""

QUERIES = {
    "/charter/impact": "?digest={digest}",
    "/api/v1/evidence/recordings": "?text=pump",
    "/api/v1/calendar": "?since=2026-03-01T00:00:00Z&until=2026-04-01T00:00:00Z",
}
"""What an address needs behind it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One page, file or stream, and one who may read it."""

    path: str
    person: str
    door: Door

    @property
    def name(self) -> str:
        return f"{self.path} for {self.person}"


def readings() -> Iterator[Reading]:
    """Everything that can be read by somebody who is known, by each kind of reader: a new route is among it at once."""
    for (method, path), row in ACCESS.items():
        if method == "GET" and row.door is not Door.NONE:
            for role in sorted(row.roles) if row.roles else [None]:
                yield Reading(path, READERS[role], row.door)


def filled(path: str, places: Mapping[str, str]) -> str:
    """The address with something in each of its places; KeyError for a place that nobody knows."""
    known = {**NOWHERE, **places}
    return re.sub(r"\{(\w+)(?::path)?\}", lambda name: known[name[1]], path + QUERIES.get(path, ""))
