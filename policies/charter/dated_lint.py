"""What a charter says about days, against the day on which it is read: dated ahead, or over.

Neither is a fault: a charter is read again years later, and must then say what it said.
"""

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.parties import Person, Vendor
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.charter.finding import Finding


def dated_findings(charter: Charter, at: datetime) -> Iterator[Finding]:
    """What was done only after ``at``, and what counts for nothing at ``at`` because it has ended."""
    clock = ZoneInfo(charter.organisation.time_zone)
    today = at.astimezone(clock).date()
    for subject, field, on, what in _acts(charter, clock):
        if on > today:
            yield Finding(
                "dated_ahead",
                subject,
                f"It says that {what} on {on}, and that day is still to come.",
                "Write the day on which it was done; look at the year.",
                field=field,
            )
    for vendor in charter.vendors.values():
        yield from _contracts(vendor, at, clock)
    for person in charter.people.values():
        if person.vendor is not None and person.leaving is None:
            yield from _papers(person, at, clock)


def _acts(charter: Charter, clock: ZoneInfo) -> Iterator[tuple[str, str, date, str]]:
    """Everything that a charter says was done on a day: subject, field, day, and what."""
    for conduit in charter.conduits.values():
        if conduit.agreed is not None:
            yield f"conduit {conduit.id}", "agreed.on", conduit.agreed.on, "its two sides agreed"
    for record in charter.dependencies.values():
        yield f"safety_dependency {record.id}", "signed.on", record.signed_on, "both sides signed it"
    for person in charter.people.values():
        if person.proofed is not None:
            on = person.proofed.at.astimezone(clock).date()
            yield f"person {person.id}", "proofed.on", on, "their identity was made sure of"
    for pathway in charter.pathways.values():
        yield f"pathway {pathway.id}", "found", pathway.found, "it was found"


def _contracts(vendor: Vendor, at: datetime, clock: ZoneInfo) -> Iterator[Finding]:
    """A vendor whose every contract is over. An old one beside a newer is how a plant keeps its files."""
    if any(one.window.end > at for one in vendor.contracts):
        return
    for one in vendor.contracts:
        yield _ended(
            f"contract {one.reference}", "until", one.window, clock, f"{vendor.name} is under no other"
        )


def _papers(person: Person, at: datetime, clock: ZoneInfo) -> Iterator[Finding]:
    over = f"everything that {person.name} asks for is refused"
    for field, window in (("admitted", person.admitted), ("checked", person.checked)):
        if window is not None and window.end <= at:
            yield _ended(f"person {person.id}", f"{field}.until", window, clock, over)
    last = {one.name: one.window for one in sorted(person.trainings, key=lambda one: one.window.end)}
    for name, window in last.items():
        if window.end <= at:
            yield _ended(f"person {person.id}", "training", window, clock, f"'{name}' is over, and {over}")


def _ended(subject: str, field: str, window: TimeWindow, clock: ZoneInfo, so: str) -> Finding:
    part = field.partition(".")[0]
    what = "It" if part == "until" else f"Their '{part}'"
    return Finding(
        "ended",
        subject,
        f"{what} ended on {window.end.astimezone(clock).date()}; {so}.",
        "Nothing, if it is meant to be over; else decide on the renewal and write its own dates.",
        note=True,
        field=field,
    )
