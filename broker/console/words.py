"""How values are said on a page. Pure: instants in, sentences out."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.access import Action, Grant, PassageKind, RequestField
from domain.exceptions import Liftable
from domain.ids import PersonId
from domain.parties import Person
from domain.permit import Permit, PermitState
from domain.plant import OperatingState
from domain.record import HIGHEST_LEVEL, SecurityLevels
from recorder import replay

GRANTS = {
    PassageKind.SHELL: "Terminal",
    PassageKind.EXEC: "Run commands",
    PassageKind.SFTP: "File transfer (sftp)",
    PassageKind.SCP: "File copy (scp)",
    PassageKind.FORWARD: "Native protocol",
}

ACTIONS = {
    Action.VIEW: "View",
    Action.OPERATE: "Operate",
    Action.CONFIGURE: "Configure",
    Action.OVERRIDE: "Override",
}

MEANINGS = {
    Action.VIEW: "look, and change nothing",
    Action.OPERATE: "start, stop and set within limits",
    Action.CONFIGURE: "change programs and settings",
    Action.OVERRIDE: "override protections",
}

FIELDS = {
    RequestField.PURPOSE: "Purpose",
    RequestField.WORK_ORDER: "Work order",
    RequestField.BACK_OUT: "How it is undone",
    RequestField.FAILURE: "How it would go wrong",
}

LIFTS = {
    Liftable.CONTRACT_TERM: "a contract that lacks a term",
    Liftable.TOOL: "a tool that was not accepted",
    Liftable.DEPUTY: "a right without a deputy",
    Liftable.PATHWAY: "a way in or out that nobody governs",
}

WITHSTANDS = (
    "nothing",
    "mishaps and carelessness",
    "attackers with simple means",
    "skilled attackers",
    "skilled attackers with great resources",
)
"""Security levels 0 to 4 of IEC 62443-3-3 (Annex A), each by what it is meant to hold against."""

STATES = {
    OperatingState.RUNNING: "Running",
    OperatingState.MAINTENANCE: "Maintenance",
    OperatingState.TURNAROUND: "Turnaround",
    OperatingState.START_UP: "Start-up",
    OperatingState.SHUTDOWN: "Shutdown",
    OperatingState.EMERGENCY: "Emergency",
    OperatingState.ISOLATED: "Isolated",
}

STANDINGS = {
    PermitState.REQUESTED: "Waiting",
    PermitState.DISPUTED: "In dispute",
    PermitState.APPROVED: "Approved",
    PermitState.ACTIVE: "In use",
    PermitState.REFUSED: "Refused",
    PermitState.WITHDRAWN: "Withdrawn",
    PermitState.NARROWED: "Narrowed",
    PermitState.REVOKED: "Revoked",
    PermitState.LAPSED: "Lapsed",
    PermitState.COMPLETED: "Completed",
}


ENDED = {
    PermitState.REFUSED: "refused",
    PermitState.WITHDRAWN: "withdrawn by who asked",
    PermitState.NARROWED: "replaced by a narrower permit",
    PermitState.REVOKED: "revoked",
    PermitState.LAPSED: "lapsed without a decision or use,",
    PermitState.COMPLETED: "completed; its window closed",
}


def inert(text: str) -> str:
    """``text`` with every character that acts on a reader instead of being read, written out; lines stay lines."""
    return "\n".join(map(replay.inert, text.split("\n")))


def day_and_time(instant: datetime, zone: str) -> str:
    """``Sat 21 Nov 2026, 16:00 (+01:00)`` in the plant's zone."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{local:%a %d %b %Y, %H:%M} ({offset(local)})"


def day(instant: datetime, zone: str) -> str:
    """``21 Nov 2026`` in the plant's zone, where a table has no room for more."""
    return f"{instant.astimezone(ZoneInfo(zone)):%d %b %Y}"


def to_the_second(instant: datetime, zone: str) -> str:
    """``2026-11-21 16:00:05 +01:00`` in the plant's zone, for evidence."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%d %H:%M:%S} {offset(local)}"


def until(instant: datetime, now: datetime, zone: str) -> str:
    """``16:00 (+01:00)`` if that is today in the plant's zone, else with its day."""
    local, today = instant.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    if local.date() == today.date():
        return f"{local:%H:%M} ({offset(local)})"
    return f"{local:%a %d %b, %H:%M} ({offset(local)})"


def offset(local: datetime) -> str:
    """``+01:00``: which clock a time is read on is never left open."""
    text = local.strftime("%z")
    return f"{text[:3]}:{text[3:5]}"


def for_input(instant: datetime, zone: str) -> str:
    """What a date-and-time field of a form holds: the plant's local time, without its offset."""
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")


def of_input(text: str, zone: str) -> datetime:
    """The instant that a form's local time means; ValueError when that time does not exist there."""
    naive = datetime.strptime(text, "%Y-%m-%dT%H:%M")  # noqa: DTZ007  # its zone is set in the next line
    local = naive.replace(tzinfo=ZoneInfo(zone))
    if for_input(local.astimezone(ZoneInfo("UTC")), zone) != text:
        raise ValueError(f"{text} does not exist in {zone}: the clock is put forward then")
    return local


def span(length: timedelta) -> str:
    """``3 h 20 min``."""
    minutes = max(int(length.total_seconds()) // 60, 0)
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "less than a minute"


def ago(instant: datetime, now: datetime) -> str:
    """How long ago, in a unit that does not change every second: ``12 s ago``, ``3 min ago``."""
    seconds = max(int((now - instant).total_seconds()), 0)
    if seconds < 5:
        return "just now"
    return f"{seconds} s ago" if seconds < 60 else f"{span(now - instant)} ago"


def octets(count: int) -> str:
    """``1.4 MB``, in powers of ten."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{int(amount)} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{count} bytes"


def held_against(target: SecurityLevels) -> str:
    """A zone's target security levels for a shift: what its best protected side is meant to hold against."""
    highest = target.highest
    if highest == 0:
        return "No security level is set as its target."
    return f"Meant to hold against {WITHSTANDS[highest]} (security level {highest} of {HIGHEST_LEVEL})."


def grant(one: Grant) -> str:
    """A kind of passage, in words; a forward with its port."""
    return f"{GRANTS[one.kind]} on port {one.port}" if one.port else GRANTS[one.kind]


def right(one: str) -> str:
    """``data out``: a decision right as it is read; its value is for commands and files."""
    return one.replace("_", " ")


def short_name(person: Person | None, id_: str) -> str:
    """``M. Keller``; the id where the charter no longer knows the person."""
    if person is None:
        return id_
    first, _, rest = person.name.partition(" ")
    return f"{first[:1]}. {rest}" if rest else first


def standing(  # a table of sentences
    permit: Permit,
    state: PermitState,
    waiting_for: Iterable[PersonId],
    people: Mapping[PersonId, Person],
    now: datetime,
    zone: str,
    lapses: datetime,
    *,
    each: bool = False,
) -> str:
    """One line that says where a permit stands and what happens next. ``lapses``: when it ends, or ended, by itself.

    ``each``: it waits for every one of ``waiting_for``, not for any.
    """
    end = until(permit.window.end, now, zone)
    last = until(lapses, now, zone)
    match state:
        case PermitState.REQUESTED | PermitState.DISPUTED:
            names = (" and " if each else " or ").join(
                short_name(people.get(one), one) for one in waiting_for
            )
            return _waiting(state, names, last)
        case PermitState.APPROVED:
            return _approved(permit, now, zone, lapses)
        case PermitState.ACTIVE:
            return f"in use; closes {end}"
        case PermitState.LAPSED:
            return f"{ENDED[state]} {last}"
        case PermitState.COMPLETED:
            return f"{ENDED[state]} {end}"
        case _:
            return ENDED[state]


def _waiting(state: PermitState, names: str, last: str) -> str:
    if state is PermitState.DISPUTED:
        return f"in dispute; {names} decides as arbiter, until {last}; then it is refused"
    return (
        f"waiting for {names}, until {last}" if names else f"waiting; nobody may decide it now, until {last}"
    )


def _approved(permit: Permit, now: datetime, zone: str, lapses: datetime) -> str:
    if now < permit.window.start:
        return f"approved; opens {until(permit.window.start, now, zone)}"
    unused = f", and lapses {until(lapses, now, zone)} unless it is used before"
    last = unused if lapses < permit.window.end else ""
    return f"approved; open until {until(permit.window.end, now, zone)}{last}"
