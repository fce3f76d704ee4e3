"""What the vendor's tool asks of a station, read strictly. Pure."""

from dataclasses import dataclass
from math import isfinite

from broker.conduits.iec104.asdu import (
    FORMS,
    UNKNOWN_CAUSE,
    UNKNOWN_PLACE,
    UNKNOWN_STATION,
    Asdu,
    Number,
    read_asdu,
)
from broker.conduits.iec104.types import (
    ACTIVATION,
    BROADCAST,
    CONFIRMED,
    COUNTERS,
    DEACTIVATED,
    DEACTIVATION,
    DELETE_FILE,
    EVERYBODY,
    FILE_CALL,
    FREEZE,
    TYPES,
    Type,
)
from domain.access import Action

SELECTS = 0x80
"""In the last byte of a command: it only selects, and another executes (101, clause 7.2.6.26 and 39)."""
NAMES = {
    "single": ("off", "on"),
    "double": ("", "off", "on", ""),
    "step": ("", "lower", "higher", ""),
}
"""What a command's value is called; of those without a name a station does nothing (101, clause 7.2.6.16 and 17)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request that can be judged."""

    asdu: Asdu
    type: Type
    value: Number | None = None
    selects: bool = False

    @property
    def action(self) -> Action:
        """What it takes. For every station at once it takes an override too, for nobody knows who they are."""
        return Action.OVERRIDE if self.asdu.station == BROADCAST else self.type.action

    @property
    def place(self) -> int | None:
        """Its information object's address; None where it is for the station as a whole."""
        return None if self.type.whole else self.asdu.places[0]

    @property
    def shown(self) -> str:
        """Its value, as a person says it; empty when it has none."""
        return "" if self.value is None else shown(self.type.form, self.value)

    def __str__(self) -> str:
        who = "every station" if self.asdu.station == BROADCAST else f"station {self.asdu.station}"
        how = "select " if self.selects else "cancel " if self.asdu.cause == DEACTIVATION else ""
        test = ", as a test" if self.asdu.test else ""
        return f"{who}: {how}{self.type.name}{'' if self.place is None else f' {self.place}'}{test}"


def shown(form: str, value: Number) -> str:
    """A value as a person says it."""
    if form in NAMES and isinstance(value, int):
        return NAMES[form][value] or str(value)
    return f"{value:.7g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A type that nobody here can judge."""

    number: int


@dataclass(frozen=True, slots=True)
class Illegal:
    """Well-formed, and refused by every station: with ``cause``."""

    cause: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A length contradicts a type."""

    sentence: str


Said = Request | Unknown | Illegal | Malformed


def confirmation(cause: int) -> int:
    """The cause of the answer to a request with ``cause`` (101, clause 7.2.3)."""
    return {ACTIVATION: CONFIRMED, DEACTIVATION: DEACTIVATED}.get(cause, cause)


def read(data: bytes) -> Said:
    """What an ASDU from the vendor's tool asks for."""
    asdu = read_asdu(data)
    if isinstance(asdu, str):
        return Malformed(asdu)
    kind = TYPES.get(asdu.type)
    if kind is None:
        return Unknown(asdu.type)
    if asdu.sequence or len(asdu.places) != 1:
        return Malformed(f"A request to {kind.name} for {len(asdu.places)} places, where there is one.")
    return _illegal(asdu, kind) or _request(asdu, kind)


def _illegal(asdu: Asdu, kind: Type) -> Illegal | None:
    if asdu.cause not in kind.causes or asdu.negative:
        no = ", as a refusal" if asdu.negative else ""
        return Illegal(UNKNOWN_CAUSE, f"{kind.name}, with the cause {asdu.cause}{no}")
    if not asdu.station or (asdu.station == BROADCAST and asdu.type not in EVERYBODY):
        return Illegal(UNKNOWN_STATION, f"{kind.name}, to the station {asdu.station}")
    if kind.whole and asdu.places[0]:
        return Illegal(UNKNOWN_PLACE, f"{kind.name}, for the place {asdu.places[0]}")
    return None


def _request(asdu: Asdu, kind: Type) -> Said:
    element = asdu.elements[0]
    if asdu.type == COUNTERS and element[0] >> 6:
        kind = FREEZE
    if asdu.type == FILE_CALL and element[3] & 0x0F == 4:
        kind = DELETE_FILE
    if not kind.form:
        return Request(asdu, kind)
    value = FORMS[kind.form](element)
    names = NAMES.get(kind.form)
    if (names and isinstance(value, int) and not names[value]) or not isfinite(value):
        return Illegal(confirmation(asdu.cause), f"{kind.name} {asdu.places[0]} = {value}")
    at = {1: 0, 3: 2, 5: 4}.get(kind.size if kind.size < 7 else kind.size - 7)
    selects = at is not None and kind.action is Action.OPERATE and bool(element[at] & SELECTS)
    return Request(asdu, kind, value, selects)
