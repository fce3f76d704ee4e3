"""The charter's names for people and things that events tell of by their ids. Pure.

The words are for reading; the event itself stays beside them on the page, as the ledger holds it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from broker.console import words
from domain.canonical import Json, instant_of, text_in
from domain.ids import AssetId, PersonId, ZoneId
from policies.charter.charter import Charter

FACTORS = {
    "password": "password",
    "totp": "one-time code",
    "passkey": "passkey",
    "sshsig": "SSH signature",
    "publickey": "key",
    "code": "one-time code",
    "unlocked": "an unlocked door",
    "certificate": "certificate",
    "oidc": "the identity provider",
}
DOORS = {
    "console": "the console",
    "ssh": "the SSH door",
    "api": "the API",
    "browser": "a browser",
    "code": "the check of one-time codes",
}


class Naming:
    """Names of people and things. It learns from those events that open sessions who was where, for those that only end them."""

    def __init__(self, charter: Charter, known: Iterable[Mapping[str, Json]] = ()) -> None:
        self._charter = charter
        self._sessions: dict[str, tuple[str, str]] = {}
        for event in known:
            if event.get("event") == "SessionOpened":
                where = text_in(event, "person"), text_in(event, "asset")
                self._sessions[text_in(event, "session")] = where

    def person(self, id_: str) -> str:
        """The person's name; who acts on the plant's own machine is said to do so."""
        kind, colon, account = id_.partition(":")
        if colon and kind == "local":
            return f"the account {account} on the plant's machine"
        known = self._charter.people.get(PersonId(id_))
        return known.name if known else id_ or "somebody unknown"

    def asset(self, id_: str) -> str:
        """The asset's name."""
        known = self._charter.assets.get(AssetId(id_))
        return known.name if known else id_ or "no asset"

    def zone(self, id_: str) -> str:
        """The zone's name."""
        known = self._charter.zones.get(ZoneId(id_))
        return known.name if known else id_

    def scope(self, id_: str) -> str:
        """What the kill switch was pointed at."""
        kind, _, name = id_.partition(":")
        match kind:
            case "all":
                return "all vendor access"
            case "zone":
                return f"the zone {self.zone(name)}"
            case "asset":
                return self.asset(name)
            case "person":
                return self.person(name)
            case "session":
                return self.session(name)
            case _:
                return f"the address {name}" if kind == "source" else id_

    def session(self, id_: str) -> str:
        """Whose session it is, and where, as far as that is known."""
        if id_ not in self._sessions:
            return "a session"
        person, asset = self._sessions[id_]
        return f"the session of {self.person(person)} on {self.asset(asset)}"

    def when(self, event: Mapping[str, Json], name: str) -> str:
        """An instant of the event in the plant's zone."""
        instant = instant_in(event, name)
        return (
            words.day_and_time(instant, self._charter.organisation.time_zone) if instant else "a time unknown"
        )


def instant_in(event: Mapping[str, Json], name: str) -> datetime | None:
    """The instant that the event holds under ``name``, if it is one."""
    try:
        return instant_of(text_in(event, name))
    except ValueError:
        return None


def count(event: Mapping[str, Json], name: str) -> int:
    """The whole number that the event holds under ``name``; 0 when it is none."""
    value = event.get(name)
    return value if isinstance(value, int) else 0


def upper(text: str) -> str:
    """The text with a capital at its head."""
    return text[:1].upper() + text[1:]


def because(event: Mapping[str, Json]) -> str:
    """The reason that the event gives, as the end of a sentence."""
    reason = text_in(event, "reason")
    return f": {reason.rstrip('.')}." if reason else "."


def names(of: Naming, event: Mapping[str, Json], name: str) -> str:
    """Those whom the event names under ``name``."""
    given = event.get(name)
    people = [of.person(str(one)) for one in given] if isinstance(given, list | tuple) else []
    return " and ".join(people) or "nobody who is known"


def excepted(event: Mapping[str, Json]) -> str:
    """A sentence on the exceptions that it rests on, or nothing."""
    given = event.get("exceptions")
    named = ", ".join(map(str, given)) if isinstance(given, list | tuple) else ""
    return f" It rests on the exception {named}." if named else ""
