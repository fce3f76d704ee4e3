"""A person's sessions that run, as the lobby lists them. Pure."""

import json
from collections.abc import Callable, Iterable

from broker.door.lobby.text import moment
from broker.sessions.view import SessionView
from domain.ids import AssetId, PersonId

NONE = "No session of yours is open.\n"
HELD = {
    "locked": "locked: nobody used it",
    "paused": "paused by the plant",
    "state": "waits: the zone changed its state",
    "unattended": "waits: nobody of the plant attends",
}


def running(views: Iterable[SessionView], person: PersonId | None) -> tuple[SessionView, ...]:
    """Those of ``person``."""
    return tuple(one for one in views if one.person == person)


def sessions(views: Iterable[SessionView], zone_of: Callable[[AssetId], str]) -> str:
    """Two lines for each: its id and how it stands, and where it leads until when."""
    lines = []
    for one in views:
        asset = AssetId(one.asset)
        lines.append(f"{one.session}  {'; '.join(HELD.get(why, why) for why in one.held) or 'running'}")
        lines.append(f"    {asset}, until {moment(one.deadline, zone_of(asset))}")
        if "locked" in one.held:
            lines.append(f"    to go on: ssh {one.person}@gate unlock {one.session}")
    return "".join(f"{line}\n" for line in lines) or NONE


def sessions_json(views: Iterable[SessionView]) -> str:
    """The same for machines: one JSON array on one line."""
    return json.dumps([one.document() for one in views], ensure_ascii=True) + "\n"
