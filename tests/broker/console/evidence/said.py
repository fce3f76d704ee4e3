"""What tests of the sentences share: one opened session, and how a sentence comes about."""

from collections.abc import Mapping
from datetime import UTC, datetime

from broker.console.evidence.telling import Teller
from domain import events
from domain.canonical import Json
from domain.events import document
from domain.ids import AssetId, PersonId, SessionId
from tests.policies.plant import charter

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
OPENED = document(
    events.SessionOpened(
        at=NOW,
        session=SessionId("s" * 26),
        permit="p" * 26,  # type: ignore[arg-type]
        digest="00",
        person=PersonId("ana"),
        asset=AssetId("eng-ws-1"),
        source="192.0.2.9",
        deadline=datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
        approvals=(),
    )
)


def told(event: Mapping[str, Json]) -> str:
    """The event's sentence, by somebody who saw the session open."""
    return Teller(charter(), [OPENED]).sentence(event)
