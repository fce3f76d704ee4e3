"""A standing template of the sample plant, signed by who would have to approve, and permits around it."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from domain.access import Action
from domain.attestation import Statement
from domain.ids import AssetId, ConduitId, PersonId, VendorId
from domain.permit import Permit
from domain.plant import OperatingState
from domain.recurrence import Hours
from domain.rights import DecisionRight
from domain.template import Template, subject_of
from domain.window import TimeWindow
from policies.charter.charter import Charter
from tests.policies.plant import NOW, SHELL, charter_with, permit

CONNECT, LEAD = DecisionRight.CONNECT, DecisionRight.INCIDENT_LEAD
PETRA, SVEN, MILO = (PersonId(one) for one in ("petra", "sven", "milo"))
MONDAYS = Hours("FREQ=WEEKLY;BYDAY=MO", time(8), timedelta(hours=9), date(2026, 1, 5))


def template(**changed: Any) -> Template:
    """Look at and operate eng-ws-1 by shell for four hours, twice a week, by Ana; the shift confirms."""
    fields: dict[str, Any] = {
        "id": "t" * 26,
        "title": "Weekly look at the drives",
        "vendor": VendorId("brightwater"),
        "persons": frozenset({PersonId("ana")}),
        "assets": frozenset({AssetId("eng-ws-1")}),
        "conduit": ConduitId("dmz-operations"),
        "grants": frozenset({SHELL}),
        "actions": frozenset({Action.VIEW, Action.OPERATE}),
        "states": frozenset({OperatingState.RUNNING, OperatingState.MAINTENANCE}),
        "longest": timedelta(hours=4),
        "uses": 2,
        "period": timedelta(days=7),
        "confirm": LEAD,
        "window": TimeWindow(NOW - timedelta(days=30), NOW + timedelta(days=60)),
    }
    return Template(**(fields | changed))


def inside(one: Template, **changed: Any) -> Permit:
    """The plant's permit, naming ``one``."""
    return permit(template=one.digest(), **changed)


def signature(
    one: Template,
    person: PersonId = PETRA,
    right: DecisionRight = CONNECT,
    at: datetime = NOW - timedelta(days=1),
) -> Statement:
    return Statement(subject_of(right, one.digest()), person, at, bytes(16))


def signed(one: Template, *by: PersonId, **changed: Any) -> Charter:
    """The sample charter beside which ``one`` lies, signed under ``connect``."""
    said = tuple(signature(one, person) for person in by or (PETRA,))
    return replace(charter_with(**changed), statements=said, templates=(one,))
