"""One leaf as it is sent to one collector, and the six things that every record of a plant says (SR 2.8). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from broker.siem.context import Plant
from broker.siem.rows.row import Row
from broker.siem.rows.table import CARRIED, HEARTBEAT, UNREADABLE, row_of
from domain.canonical import Json, instant_of
from domain.notice import inert

MOST_CHARACTERS = 500
MOST_LISTED = 20
NOTHING_BEFORE = -1
"""``previous`` of the first record that a collector was ever sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A leaf, or a heartbeat, for one collector.

    The same leaf for the same collector is the same record each time it is sent: one that arrives twice can be told.
    """

    origin: str
    """The ledger's name."""
    software: str
    target: str
    """The collector's name in this node's settings."""
    leaf: int
    """The leaf's index; of a heartbeat, the last leaf that this collector was sent."""
    previous: int
    """The leaf that it was sent before this one; ``NOTHING_BEFORE`` for the first. Of a heartbeat, the same as ``leaf``."""
    event: Mapping[str, Json]
    plant: Plant = field(default_factory=Plant)
    fault: str = ""
    """Why there is no event to be read."""
    beat: str = ""
    """Of a heartbeat: when it was made (RFC 3339)."""
    most: int = MOST_CHARACTERS
    """How much of each text is said."""

    @property
    def row(self) -> Row:
        """What kind of event it is."""
        if self.beat:
            return HEARTBEAT
        return UNREADABLE if self.fault else row_of(self.event)

    @property
    def at(self) -> str:
        """When it happened (RFC 3339); empty where that can't be read."""
        said = self.beat or self.text("at")
        try:
            instant_of(said)
        except ValueError:
            return ""
        return said

    @property
    def milliseconds(self) -> int:
        """The same, in milliseconds since 1970; 0 where it can't be read."""
        return int(instant_of(self.at).timestamp() * 1000) if self.at else 0

    @property
    def name(self) -> str:
        """The type of the event."""
        if self.beat:
            return "Heartbeat"
        return self.text("event") or "Unreadable"

    @property
    def number(self) -> int:
        """The event's number, which is never reused; 0 for a heartbeat and for what can't be read."""
        found = self.event.get("number")
        return found if isinstance(found, int) else 0

    @property
    def id(self) -> str:
        """Names this record for ever: the ledger and the leaf in it."""
        return f"{self.origin}#{self.leaf}" + (f"@{self.beat}" if self.beat else "")

    @property
    def result(self) -> str:
        """``success`` or ``failure``."""
        return "failure" if self.row.failed(self.event) else "success"

    @property
    def sentence(self) -> str:
        """What happened, in a line for people."""
        row = self.row
        if self.beat:
            return f"{row.title}; everything up to leaf {self.leaf} was sent."
        if self.fault:
            return f"{row.title}: {inert(self.fault, self.most)}"
        parts = {"by": self.text(row.by), row.what: self.text(row.which), "of": self.text(row.person)}
        said = ", ".join(f"{name} {value}" for name, value in parts.items() if name and value)
        return f"{row.title}: {said}." if said else f"{row.title}."

    @property
    def fields(self) -> dict[str, Json]:
        """Those of the event's fields that may leave, made harmless; neither its name nor its instant."""
        return {
            name: _harmless(value, self.most)
            for name, value in self.event.items()
            if name in CARRIED and value not in (None, "", [])
        }

    @property
    def around(self) -> dict[str, Json]:
        """The plant around it, made harmless; without what is empty."""
        return {name: _harmless(value, self.most) for name, value in self.plant.document().items()}

    @property
    def withheld(self) -> tuple[str, ...]:
        """Fields that stay in the ledger."""
        return tuple(
            name
            for name, value in self.event.items()
            if name not in CARRIED | {"event", "number", "at"} and value not in (None, "", [])
        )

    def text(self, name: str) -> str:
        """One field that may leave, as text; empty where it is none."""
        value = self.event.get(name) if name in CARRIED | {"event", "at"} else None
        return inert(value, self.most) if isinstance(value, str) else ""


def _harmless(value: Json, most: int) -> Json:
    match value:
        case str():
            return inert(value, most)
        case list():
            shown = [_harmless(one, most) for one in value[:MOST_LISTED]]
            return [*shown, f"… and {len(value) - MOST_LISTED} more"] if len(value) > MOST_LISTED else shown
        case _:
            return value
