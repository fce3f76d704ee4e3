"""A live session as others are told of it: the console, the kill switch, the watchdog."""

from dataclasses import dataclass
from datetime import datetime

from domain.canonical import Json, instant_text
from domain.ids import SessionId


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session, as the console and the kill switch show it."""

    session: SessionId
    permit: str
    person: str
    vendor: str
    asset: str
    zone: str
    conduit: str
    source: str
    opened_at: datetime
    deadline: datetime
    channels: int
    bytes_to_asset: int
    bytes_to_vendor: int
    held: tuple[str, ...] = ()
    """Why nothing goes towards the asset now, in ``broker.governor.Hold``'s words."""
    by_program: bool = False
    """Nobody proved a second factor when its client signed in: a program may be at work, and its person answers for it."""
    active_at: datetime | None = None
    """When bytes last crossed; None where that was not looked at."""

    def document(self) -> dict[str, Json]:
        """The view as JSON."""
        return {
            "session": self.session,
            "permit": self.permit,
            "person": self.person,
            "vendor": self.vendor,
            "asset": self.asset,
            "zone": self.zone,
            "conduit": self.conduit,
            "source": self.source,
            "opened_at": instant_text(self.opened_at),
            "deadline": instant_text(self.deadline),
            "channels": self.channels,
            "bytes_to_asset": self.bytes_to_asset,
            "bytes_to_vendor": self.bytes_to_vendor,
            "held": list(self.held),
            "by_program": self.by_program,
            "active_at": instant_text(self.active_at or self.opened_at),
        }
