"""What somebody signs with their passkey so that a key in their browser is certified for one permit. Pure.

It names the permit and the very key. The passkey signs 32 random bytes and the statement's digest; the gate, which drew
the statement, checks that signature itself. A console that was taken over can have nothing certified that nobody signed.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.canonical import Json, canonical, instant_of, instant_text, text_of
from domain.ids import PermitId, PersonId, is_token, is_word

SCHEMA = "penstock-certificate/1"
_DRAWN = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class CertificateStatement:
    """One key that is to be certified. Drawn by the gate, good once."""

    drawn: str
    """32 random bytes, in hex: no other statement has them."""
    person: PersonId
    permit: PermitId
    key: str
    """The fingerprint of the SSH key that the console made for this browser."""
    browser: str
    """The browser's address, as the console sees it."""
    at: datetime
    until: datetime
    """The first instant at which it is too late to sign."""

    def document(self) -> dict[str, Json]:
        """As JSON."""
        return {
            "schema": SCHEMA,
            "drawn": self.drawn,
            "person": self.person,
            "permit": self.permit,
            "key": self.key,
            "browser": self.browser,
            "at": instant_text(self.at),
            "until": instant_text(self.until),
        }

    def digest(self) -> bytes:
        """SHA-256 of the canonical bytes (RFC 8785)."""
        return hashlib.sha256(canonical(self.document())).digest()

    @property
    def purpose(self) -> str:
        """What a one-time code is spent on that stands in for the signature."""
        return f"certificate:{self.digest().hex()}"

    @staticmethod
    def of(document: Json) -> "CertificateStatement":
        """What ``document()`` wrote; KeyError, TypeError or ValueError for anything else."""
        if not isinstance(document, Mapping):
            raise TypeError("it must be an object")
        one = CertificateStatement(
            drawn=text_of(document["drawn"]),
            person=PersonId(text_of(document["person"])),
            permit=PermitId(text_of(document["permit"])),
            key=text_of(document["key"]),
            browser=text_of(document["browser"]),
            at=instant_of(text_of(document["at"])),
            until=instant_of(text_of(document["until"])),
        )
        named = is_word(one.person) and is_token(one.permit) and _DRAWN.fullmatch(one.drawn)
        if one.document() != document or not named:
            raise ValueError("this is no key that is to be certified")
        return one
