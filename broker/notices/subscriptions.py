"""Browsers that want to be told: what each gave us, and to which push services anything may be sent at all.

An address comes from a browser, so from anybody: it is taken only where the settings name its host.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from broker.notices.channels.sealed import Browser, in_base64, of_base64
from broker.notices.outbox import Outbox
from domain.canonical import Json, instant_of, instant_text
from domain.ids import PersonId

LONGEST_ENDPOINT = 1024
LONGEST_LABEL = 60
MOST_OF_ONE = 5
HTTPS_PORT = 443


@dataclass(frozen=True, slots=True)
class Subscription:
    """One browser of one person: where its maker's push service takes messages for it, and its keys."""

    endpoint: str
    browser: Browser
    label: str
    """What its person calls it: one printable line."""

    @classmethod
    def of(cls, document: Mapping[str, Json], hosts: Iterable[str]) -> "Subscription":
        """What a browser's ``PushSubscription`` says; ValueError says in a sentence why it can't be used."""
        keys = given if isinstance(given := document.get("keys"), Mapping) else {}
        try:
            browser = Browser(of_base64(str(keys.get("p256dh"))), of_base64(str(keys.get("auth"))))
        except ValueError as error:
            raise ValueError("The keys of this browser can't be used.") from error
        label = " ".join(str(document.get("label", "")).split())[:LONGEST_LABEL]
        if not label.isprintable():
            raise ValueError("The name of this browser is one printable line.")
        return cls(checked_endpoint(str(document.get("endpoint", "")), hosts), browser, label)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a browser that wants to be told is given, and which push services it may name."""

    key: str
    """The node's public key, as a browser takes it: base64 for addresses."""
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A subscription as it is kept. ``number`` names it on pages: the address itself is a secret."""

    number: int
    subscription: Subscription
    at: datetime


def checked_endpoint(endpoint: str, hosts: Iterable[str]) -> str:
    """``endpoint`` when messages may be sent there; ValueError otherwise.

    ``hosts``: ``push.example``, ``*.push.example`` for every name below it, or either with a port of its own.
    """
    try:
        parts = urlsplit(endpoint)
        port = parts.port or HTTPS_PORT
        plain = not (parts.username or parts.password or parts.fragment) and endpoint.isascii()
    except ValueError:
        parts, port, plain = urlsplit(""), 0, False
    whole = plain and endpoint.isprintable() and " " not in endpoint and len(endpoint) <= LONGEST_ENDPOINT
    if not (whole and parts.scheme == "https" and parts.hostname):
        raise ValueError("A push service has an https:// address.")
    if not any(_names(entry, parts.hostname, port) for entry in hosts):
        raise ValueError("This plant sends nothing to the push service of this browser.")
    return endpoint


def _names(entry: str, host: str, port: int) -> bool:
    name, _, own = entry.lower().partition(":")
    if port != (int(own) if own.isdigit() else HTTPS_PORT):
        return False
    return host.endswith(name[1:]) if name.startswith("*.") else host == name


class Subscriptions:
    """They lie in the outbox's file. Every method is one transaction; EvidenceError when it fails."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def of(self, person: PersonId) -> tuple[Kept, ...]:
        """The browsers of one person, the newest first."""
        with self._outbox.look() as work:
            rows = work.execute(
                "SELECT * FROM browser WHERE person = ? ORDER BY number DESC", (person,)
            ).fetchall()
        return tuple(
            Kept(
                row["number"],
                Subscription(
                    row["endpoint"], Browser(of_base64(row["p256dh"]), of_base64(row["auth"])), row["label"]
                ),
                instant_of(row["at"]),
            )
            for row in rows
        )

    def add(self, person: PersonId, one: Subscription, at: datetime) -> None:
        """From now on this browser is ``person``'s and nobody else's; ValueError when they have too many."""
        with self._outbox.work() as work:
            work.execute("DELETE FROM browser WHERE endpoint = ?", (one.endpoint,))
            held = work.execute("SELECT count(*) FROM browser WHERE person = ?", (person,)).fetchone()[0]
            if held >= MOST_OF_ONE:
                raise ValueError(f"{MOST_OF_ONE} browsers of one person are enough: take one off first.")
            work.execute(
                "INSERT INTO browser (person, endpoint, p256dh, auth, label, at) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    person,
                    one.endpoint,
                    in_base64(one.browser.p256dh),
                    in_base64(one.browser.auth),
                    one.label,
                    instant_text(at),
                ),
            )

    def end(self, person: PersonId, number: int) -> bool:
        """Tell this browser of ``person`` nothing more; False where they have none of that number."""
        with self._outbox.work() as work:
            gone = work.execute("DELETE FROM browser WHERE person = ? AND number = ?", (person, number))
        return gone.rowcount == 1
