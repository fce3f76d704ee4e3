"""Who may stop, cut off, release and say what state holds, while all is well and in an emergency. One table.

Shutting is everybody's who stands in the plant, always: in an emergency nobody waits for a leader to
press the kill switch. Letting go is the incident lead's alone while there is one. What somebody paused goes on
by the word of whoever decides on that session, and not of anybody else who merely could have paused it.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from itertools import product

from domain.ids import AssetId, ZoneId
from domain.plant import OperatingState
from policies.charter.charter import Charter


class Act(StrEnum):
    """What is done about vendors' access as a whole."""

    STOP = "stop"
    """End one session."""
    PAUSE = "pause"
    """Hold what goes towards the asset in one session."""
    RESUME = "resume"
    """Let it go on again."""
    ISOLATE = "isolate"
    """The kill switch."""
    RAISE = "raise"
    """Declare an emergency, or a zone isolated."""
    RESTORE = "restore"
    """Release what the kill switch shut."""
    SET_STATE = "set-state"
    """Say that a zone is in any other state; in an emergency this ends it."""


class Office(StrEnum):
    """In what capacity somebody acts."""

    SHIFT = "shift"
    LEAD = "incident_lead"
    """Holds ``incident_lead`` over where it happens, or stands in."""
    HOLDER = "holder"
    """Holds any right over where it happens, or stands in."""
    CONNECT = "connect"
    """Decides on the session's own permit: holds ``connect`` over its boundary, or stands in."""
    AUTHOR = "author"
    """Did themself what is to be taken back."""
    LOCAL = "local"
    """Sits at the plant's own machine, known by nothing but that."""


_EVERYBODY = frozenset({Office.SHIFT, Office.LEAD, Office.HOLDER, Office.CONNECT, Office.LOCAL})
_STAFF = frozenset({Office.SHIFT, Office.LEAD, Office.LOCAL})
_SHIFT = frozenset({Office.SHIFT, Office.LOCAL})
_LEAD = frozenset({Office.LEAD})
_DECIDES = frozenset({Office.CONNECT, Office.LEAD, Office.AUTHOR, Office.LOCAL})

MAY: Mapping[tuple[Act, bool], frozenset[Office]] = {
    (Act.STOP, False): _EVERYBODY,
    (Act.STOP, True): _EVERYBODY,
    (Act.PAUSE, False): _EVERYBODY,
    (Act.PAUSE, True): _EVERYBODY,
    (Act.RESUME, False): _DECIDES,
    (Act.RESUME, True): _LEAD,
    (Act.ISOLATE, False): _STAFF,
    (Act.ISOLATE, True): _STAFF,
    (Act.RAISE, False): _STAFF,
    (Act.RAISE, True): _STAFF,
    (Act.RESTORE, False): _STAFF,
    (Act.RESTORE, True): _LEAD,
    (Act.SET_STATE, False): _SHIFT,
    (Act.SET_STATE, True): _LEAD,
}
"""By act, and whether any zone that it touches is in an emergency."""

SHUTTING = frozenset({Act.STOP, Act.PAUSE, Act.ISOLATE, Act.RAISE})
"""What only ever closes; no emergency may take it from anybody."""

assert MAY.keys() == set(product(Act, (False, True)))


def may(act: Act, offices: Collection[Office], *, emergency: bool) -> bool:
    """Whether somebody in any of ``offices`` may do ``act``."""
    return not MAY[act, emergency].isdisjoint(offices)


def act_of(state: OperatingState) -> Act:
    """What it is to say that a zone is in ``state``."""
    shut = state in {OperatingState.EMERGENCY, OperatingState.ISOLATED}
    return Act.RAISE if shut else Act.SET_STATE


def in_emergency(charter: Charter, states: Mapping[ZoneId, str], scope: str) -> bool:
    """Whether any zone that ``scope`` touches is in an emergency; a vendor or a person touches them all."""
    kind, _, name = scope.partition(":")
    match kind:
        case "zone":
            zones = {ZoneId(name)}
        case "site":
            zones = {one.id for one in charter.zones.values() if one.site == name}
        case "asset" if AssetId(name) in charter.assets:
            zones = {charter.assets[AssetId(name)].zone}
        case _:
            zones = set(states)
    return any(states.get(zone) == OperatingState.EMERGENCY for zone in zones)
