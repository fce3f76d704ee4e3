"""What the ledger is told of SSH certificates for people. Part of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import PermitId, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateIssued:
    """The gate certified one SSH key for one permit, from ``begins`` until ``ends``. Kept before it is handed out.

    ``door`` is ``ssh`` for the key that signed in there, or ``browser`` for one that the console made for a browser;
    ``factor`` is what proved who it is for: ``code`` or ``passkey``; ``source`` is where they were.
    """

    number: ClassVar[int] = 215
    at: datetime
    serial: str
    """64 random bits, in decimal, as ssh-keygen(1) shows them."""
    door: str
    person: PersonId
    permit: PermitId
    key: str
    """Its fingerprint."""
    factor: str
    source: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRefused:
    """Somebody who had proved who they are, or tried to, was given no certificate."""

    number: ClassVar[int] = 216
    at: datetime
    door: str
    person: PersonId
    permit: PermitId
    source: str
    code: str
    sentence: str
