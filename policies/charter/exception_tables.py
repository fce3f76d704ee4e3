"""``exceptions.toml``: what is tolerated for a while, and the bounds on break-glass and on held steps."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from domain.break_glass import USUAL_GLASS, GlassRule, GlassTerms
from domain.exceptions import LONGEST_EXCEPTION, GrantedException, Liftable
from domain.ids import ExceptionId, PersonId, VendorId
from policies.charter.table import NEVER, Table

ABOUT_A_VENDOR = frozenset({Liftable.CONTRACT_TERM, Liftable.TOOL})
"""What can only be tolerated of one vendor, by name."""

LONGEST_BREAK_GLASS = timedelta(hours=8)  # a shift; whoever needs longer has time to ask the holder
LONGEST_STEP = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the charter says of break-glass and of steps that must not be interrupted; else the usual."""

    glass: GlassTerms = USUAL_GLASS
    longest_step: timedelta = timedelta(minutes=15)  # requirement D03


def read_bounds(file: Table) -> Bounds:
    """``[break_glass]`` and ``[step]``, each of which may be left out."""
    usual = Bounds()
    glass, longest_step = usual.glass, usual.longest_step
    table = file.table("break_glass", "break_glass")
    if table is not None:
        glass = GlassTerms(
            table.choice("rule", GlassRule) if table.has("rule") else glass.rule,
            _span(table, "longest", glass.longest, LONGEST_BREAK_GLASS),
            _span(table, "absent_after", glass.absent_after, LONGEST_BREAK_GLASS),
        )
        table.done()
    table = file.table("step", "step")
    if table is not None:
        longest_step = _span(table, "longest", longest_step, LONGEST_STEP)
        table.done()
    return Bounds(glass, longest_step)


def read_exception(table: Table, zone: ZoneInfo) -> GrantedException | None:
    """One ``[[exception]]``; None when it has a fault. Without an end it has one."""
    lifts = table.choices("lifts", Liftable)
    one = GrantedException(
        id=ExceptionId(table.word("id")),
        owner=PersonId(table.word("owner")),
        granted_by=PersonId(table.word("granted_by")),
        reason=table.text("reason"),
        compensating=table.text("compensating"),
        lifts=lifts,
        boundary=table.word("boundary"),
        window=table.window(zone),
        vendor=VendorId(table.word("vendor")) if table.has("vendor") else None,
        renews=ExceptionId(table.word("renews")) if table.has("renews") else None,
        reviewed=table.instant("reviewed", zone) if table.has("reviewed") else None,
    )
    if one.window is not NEVER and one.window.length > LONGEST_EXCEPTION:
        table.fault(
            "until",
            f"it lasts for {one.window.length.days} days; an exception lasts {LONGEST_EXCEPTION.days} at most.",
            "End it earlier; whoever still needs it then renews it, and says so.",
        )
    if one.vendor is None and lifts & ABOUT_A_VENDOR:
        table.fault("", "'vendor' is missing.", "Name the one vendor of whom this is tolerated.")
    return one if table.done() else None


def _span(table: Table, key: str, usual: timedelta, longest: timedelta) -> timedelta:
    if not table.has(key):
        return usual
    span = table.span(key, 1)
    if span > longest:
        hours = longest.total_seconds() / 3600
        table.fault(key, f"'{key}' is more than {hours:g} hours.", "Give a shorter time.")
        return usual
    return span
