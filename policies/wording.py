"""How rules put instants and foreign text into a sentence."""

from datetime import datetime
from zoneinfo import ZoneInfo

from domain.plant import Organisation, Site


def when(instant: datetime, place: Site | Organisation) -> str:
    """``instant`` as the people of ``place`` read a clock."""
    return f"{instant.astimezone(ZoneInfo(place.time_zone)):%Y-%m-%d %H:%M} {place.time_zone}"


def plain(text: str) -> str:
    """``text`` from outside, safe on a terminal: one line, escaped, 80 characters at most."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)[
        :80
    ]
