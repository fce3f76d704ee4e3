"""What somebody confirms with their passkey in the browser, so that their waiting SSH connection goes on. Pure.

It names the one connection that waits. The passkey signs 32 random bytes and the statement's digest; the gate
checks that signature itself, so that a console that somebody has taken over can confirm nothing.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.canonical import Json, canonical, instant_of, instant_text, text_of
from domain.ids import PersonId, is_word

SCHEMA = "penstock-browser-sign-in/1"
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"  # RFC 8628 section 6.1: no vowels, so no words; no digits, so no doubt
CODE = re.compile(f"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}")
"""20^8 of them: 34 bits, for five minutes, good for one person's own browser, with five tries."""


@dataclass(frozen=True, slots=True)
class BrowserStatement:
    """One connection that waits. Everything that its person must compare is in it."""

    connection: str
    """SHA-256, in hex, of the SSH session identifier (RFC 4253 section 7.2): no other connection has it."""
    person: PersonId
    source: str
    """The address that the connection comes from."""
    key: str
    """The fingerprint of the SSH key that it proved."""
    asked: str
    """The SSH user name, which says what is asked for: an asset, a permit, the lobby. Shortened, and inert."""
    code: str
    at: datetime
    until: datetime
    """The first instant at which it is too late."""

    def document(self) -> dict[str, Json]:
        """As JSON."""
        return {
            "schema": SCHEMA,
            "connection": self.connection,
            "person": self.person,
            "source": self.source,
            "key": self.key,
            "asked": self.asked,
            "code": self.code,
            "at": instant_text(self.at),
            "until": instant_text(self.until),
        }

    def digest(self) -> bytes:
        """SHA-256 of the canonical bytes (RFC 8785)."""
        return hashlib.sha256(canonical(self.document())).digest()

    @staticmethod
    def of(document: Json) -> "BrowserStatement":
        """What ``document()`` wrote; KeyError, TypeError or ValueError for anything else."""
        if not isinstance(document, Mapping):
            raise TypeError("it must be an object")
        one = BrowserStatement(
            connection=text_of(document["connection"]),
            person=PersonId(text_of(document["person"])),
            source=text_of(document["source"]),
            key=text_of(document["key"]),
            asked=text_of(document["asked"]),
            code=text_of(document["code"]),
            at=instant_of(text_of(document["at"])),
            until=instant_of(text_of(document["until"])),
        )
        if one.document() != document or not is_word(one.person) or CODE.fullmatch(one.code) is None:
            raise ValueError("this is no connection that waits")
        return one


def typed(text: str) -> str:
    """A code as it was typed: in any case, with or without its dash; "" when it can be none."""
    letters = "".join(one for one in text.upper() if one.isascii() and one.isalnum())
    code = f"{letters[:4]}-{letters[4:]}"
    return code if CODE.fullmatch(code) else ""
