"""How values are said on a page. Pure: instants in, sentences out."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from broker.console.roles import Role
from domain.access import Action, Flow, Grant, PassageKind, RequestField
from domain.exceptions import Liftable
from domain.ids import PersonId
from domain.parties import Person
from domain.permit import Permit, PermitState
from domain.plant import Asset, OperatingState
from domain.record import HIGHEST_LEVEL, SecurityLevels
from domain.rights import DecisionRight
from domain.said import Form, Said, figure, listed, say
from recorder import replay

GRANTS = {
    PassageKind.SHELL: say("Terminal"),
    PassageKind.EXEC: say("Run commands"),
    PassageKind.SFTP: say("File transfer (sftp)"),
    PassageKind.SCP: say("File copy (scp)"),
    PassageKind.RSYNC: say("File copy (rsync)"),
    PassageKind.ZMODEM: say("Files in the terminal (zmodem)"),
    PassageKind.FORWARD: say("Native protocol"),
}

FLOWS = {Flow.GET: say("out of the asset only"), Flow.PUT: say("to the asset only")}

ACTIONS = {
    Action.VIEW: say("View"),
    Action.OPERATE: say("Operate"),
    Action.CONFIGURE: say("Configure"),
    Action.OVERRIDE: say("Override"),
}

MEANINGS = {
    Action.VIEW: say("read values and logs"),
    Action.OPERATE: say("start, stop, set values"),
    Action.CONFIGURE: say("change settings, programs, files"),
    Action.OVERRIDE: say("override protections"),
}

FIELDS = {
    RequestField.PURPOSE: say("Purpose"),
    RequestField.WORK_ORDER: say("Work order"),
    RequestField.BACK_OUT: say("How it is undone"),
    RequestField.FAILURE: say("How it would go wrong"),
}

LIFTS = {
    Liftable.CONTRACT_TERM: say("a contract that lacks a term"),
    Liftable.TOOL: say("a tool that was not accepted"),
    Liftable.DEPUTY: say("a right without a deputy"),
    Liftable.PATHWAY: say("a way in or out that nobody governs"),
    Liftable.TUNNEL: say("a tunnel that can't be recorded"),
}

WITHSTANDS = (
    say("nothing"),
    say("mishaps and carelessness"),
    say("attackers with simple means"),
    say("skilled attackers"),
    say("skilled attackers with great resources"),
)
"""Security levels 0 to 4 of IEC 62443-3-3 (Annex A), each by what it is meant to hold against."""

STATES = {
    OperatingState.RUNNING: say("Running"),
    OperatingState.MAINTENANCE: say("Maintenance"),
    OperatingState.TURNAROUND: say("Turnaround"),
    OperatingState.START_UP: say("Start-up"),
    OperatingState.SHUTDOWN: say("Shutdown"),
    OperatingState.EMERGENCY: say("Emergency"),
    OperatingState.ISOLATED: say("Isolated"),
}

WEEKDAYS = (say("Mon"), say("Tue"), say("Wed"), say("Thu"), say("Fri"), say("Sat"), say("Sun"))

IN_STATES = {
    OperatingState.RUNNING: say("in running"),
    OperatingState.MAINTENANCE: say("in maintenance"),
    OperatingState.TURNAROUND: say("in turnaround"),
    OperatingState.START_UP: say("in start-up"),
    OperatingState.SHUTDOWN: say("in shutdown"),
    OperatingState.EMERGENCY: say("in emergency"),
    OperatingState.ISOLATED: say("in isolated"),
}
"""The same in the middle of a sentence: a language may bend the word."""

RIGHTS: Mapping[str, str] = {
    DecisionRight.CONNECT: say("connect"),
    DecisionRight.IDENTITY: say("identity"),
    DecisionRight.DATA_OUT: say("data out"),
    DecisionRight.INCIDENT_LEAD: say("incident lead"),
    DecisionRight.SAFETY: say("safety"),
}

ROLES: Mapping[str, str] = {
    Role.VENDOR: say("vendor"),
    Role.HOLDER: say("holder"),
    Role.AUDITOR: say("auditor"),
    Role.SHIFT: say("shift"),
    Role.LEAD: say("lead"),
}

AND, OR = say(" and "), say(" or ")

STANDINGS = {
    PermitState.REQUESTED: say("Waiting"),
    PermitState.DISPUTED: say("In dispute"),
    PermitState.APPROVED: say("Approved"),
    PermitState.ACTIVE: say("In use"),
    PermitState.REFUSED: say("Refused"),
    PermitState.WITHDRAWN: say("Withdrawn"),
    PermitState.NARROWED: say("Narrowed"),
    PermitState.REVOKED: say("Revoked"),
    PermitState.LAPSED: say("Lapsed"),
    PermitState.COMPLETED: say("Completed"),
}


ENDED = {
    PermitState.REFUSED: say("refused"),
    PermitState.WITHDRAWN: say("withdrawn by who asked"),
    PermitState.NARROWED: say("replaced by a narrower permit"),
    PermitState.REVOKED: say("revoked"),
}


def inert(text: str) -> str:
    """``text`` with every character that acts on a reader instead of being read, written out; lines stay lines."""
    return "\n".join(map(replay.inert, text.split("\n")))


def day_and_time(instant: datetime, zone: str) -> str:
    """``Sat 21 Nov 2026, 16:00 (+01:00)`` in the plant's zone."""
    local = instant.astimezone(ZoneInfo(zone))
    return figure(f"{local:%a %d %b %Y, %H:%M} ({offset(local)})", local, Form.DAY_AND_TIME)


def day(instant: datetime, zone: str) -> str:
    """``21 Nov 2026`` in the plant's zone, where a table has no room for more."""
    local = instant.astimezone(ZoneInfo(zone))
    return figure(f"{local:%d %b %Y}", local, Form.DAY)


def tick(instant: datetime, zone: str, *, week: bool) -> str:
    """A label of the calendar's axis: ``06``, the hour in the plant's zone; for a week ``Mon 23``."""
    local = instant.astimezone(ZoneInfo(zone))
    return (
        say("{weekday} {day}", weekday=WEEKDAYS[local.weekday()], day=f"{local:%d}")
        if week
        else f"{local:%H}"
    )


def to_the_second(instant: datetime, zone: str) -> str:
    """``2026-11-21 16:00:05 +01:00`` in the plant's zone, for evidence."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%d %H:%M:%S} {offset(local)}"


def until(instant: datetime, now: datetime, zone: str) -> str:
    """``16:00 (+01:00)`` if that is today in the plant's zone, else with its day."""
    local, today = instant.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    if local.date() == today.date():
        return figure(f"{local:%H:%M} ({offset(local)})", local, Form.TIME)
    return figure(f"{local:%a %d %b, %H:%M} ({offset(local)})", local, Form.WEEKDAY_AND_TIME)


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
    parts = [
        *([say("{count} d", count=days)] if days else []),
        *([say("{count} h", count=hours)] if hours else []),
        *([say("{count} min", count=minutes)] if minutes else []),
    ]
    return listed(parts, " ") if parts else say("less than a minute")


def ago(instant: datetime, now: datetime) -> str:
    """How long ago, in a unit that does not change every second: ``12 s ago``, ``3 min ago``."""
    seconds = max(int((now - instant).total_seconds()), 0)
    if seconds < 5:
        return say("just now")
    return (
        say("{count} s ago", count=seconds) if seconds < 60 else say("{span} ago", span=span(now - instant))
    )


def octets(count: int) -> str:
    """``1.4 MB``, in powers of ten."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            break
        amount /= 1000
    if unit == "bytes":
        return say("{count} bytes", count=count)
    return listed((figure(f"{amount:.1f}", amount, Form.ONE_PLACE), unit), " ")


def held_against(target: SecurityLevels) -> str:
    """A zone's target security levels for a shift: what its best protected side is meant to hold against."""
    highest = target.highest
    if highest == 0:
        return say("No security level is set as its target.")
    return say(
        "Meant to hold against {whom} (security level {level} of {highest}).",
        whom=WITHSTANDS[highest],
        level=highest,
        highest=HIGHEST_LEVEL,
    )


def grant(one: Grant) -> str:
    """A kind of passage, in words; a forward with its port, files with their direction."""
    if one.flow:
        return listed((GRANTS[one.kind], FLOWS[one.flow]), ", ")
    if not one.port:
        return GRANTS[one.kind]
    return say("{passage} on port {port}", passage=GRANTS[one.kind], port=one.port)


def passage(one: Grant, asset: Asset | None) -> str:
    """The same with what ``asset`` speaks at a forward's port: a port's number tells nobody what goes over it."""
    spoken = next((end.protocol for end in asset.endpoints if end.port == one.port), "") if asset else ""
    if not one.port or not spoken:
        return grant(one)
    return say("{passage} ({protocol})", passage=grant(one), protocol=str(spoken))


def right(one: str) -> str:
    """``data out``: a decision right as it is read; its value is for commands and files."""
    return RIGHTS.get(one, one.replace("_", " "))


def roles(some: Iterable[str]) -> list[str]:
    """Roles as they are read, in the order of their names."""
    return [ROLES[one] for one in sorted(some)]


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
    you: PersonId | None = None,
) -> str:
    """One line that says where a permit stands and what happens next. ``lapses``: when it ends, or ended, by itself.

    ``each``: it waits for every one of ``waiting_for``, not for any. ``you``: whose decision it waits for and who reads this.
    """
    end = until(permit.window.end, now, zone)
    last = until(lapses, now, zone)
    match state:
        case PermitState.REQUESTED | PermitState.DISPUTED:
            names = [say("you") if one == you else short_name(people.get(one), one) for one in waiting_for]
            return _waiting(state, listed(names, AND if each else OR), last)
        case PermitState.APPROVED:
            return _approved(permit, now, zone, lapses)
        case PermitState.ACTIVE:
            return say("in use; closes {end}", end=end)
        case PermitState.LAPSED:
            return say("lapsed without a decision or use, {when}", when=last)
        case PermitState.COMPLETED:
            return say("completed; its window closed {when}", when=end)
        case _:
            return ENDED[state]


def _waiting(state: PermitState, names: str, last: str) -> Said:
    if state is PermitState.DISPUTED:
        return say(
            "in dispute; {names} decides as arbiter, until {last}; then it is refused", names=names, last=last
        )
    if not names:
        return say("waiting; nobody may decide it now, until {last}", last=last)
    return say("waiting for {names}, until {last}", names=names, last=last)


def _approved(permit: Permit, now: datetime, zone: str, lapses: datetime) -> Said:
    if now < permit.window.start:
        return say("approved; opens {start}", start=until(permit.window.start, now, zone))
    end = until(permit.window.end, now, zone)
    if lapses >= permit.window.end:
        return say("approved; open until {end}", end=end)
    return say(
        "approved; open until {end}, and lapses {lapses} unless it is used before",
        end=end,
        lapses=until(lapses, now, zone),
    )
