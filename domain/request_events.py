"""What the ledger is told of a wish. Part of the closed union in ``domain.events``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.ids import AssetId, PermitId, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitRequested:
    """A person asked. ``digest`` is SHA-256 of the permit's canonical bytes, in hex.

    What was asked for stands here too, so that the wish can be judged again under another charter.
    """

    number: ClassVar[int] = 10
    at: datetime
    permit: PermitId
    digest: str
    person: PersonId
    asset: AssetId
    door: str
    exceptions: tuple[str, ...] = ()
    """The exceptions of the charter without which it would have been refused."""
    source: str = ""
    conduit: str = ""
    passage: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    window_from: datetime | None = None
    window_until: datetime | None = None
    tools: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()
    template: str = ""
    """The standing template that it was asked for inside, by its digest; empty for none."""
    work_order: str = ""
    """The plant's reference for the work, as who asked wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefused:
    """A wish was refused by a rule before it became a permit.

    What was asked for stands here too, as in ``PermitRequested``.
    """

    number: ClassVar[int] = 11
    at: datetime
    person: str
    asset: str
    door: str
    source: str
    code: str
    sentence: str
    conduit: str = ""
    passage: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    window_from: datetime | None = None
    window_until: datetime | None = None
    tools: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()
    work_order: str = ""
