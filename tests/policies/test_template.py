"""B16: what lies inside a standing template needs a confirmation on shift; what lies outside, the full path."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.access import Action, Allow, Decision, Deny, Grant, NeedsApproval
from domain.ids import AssetId, ConduitId, PermitId, PersonId, VendorId
from domain.permit import Permit, PermitState
from domain.plant import OperatingState
from domain.rights import DecisionRight
from domain.template import Template
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.engine import decide
from policies.facts import Standing
from policies.template import choose, faults_of, needed, outside
from tests.for_each import for_each
from tests.policies.plant import CLOSES, NOW, OPENS, approval, charter, charter_with, facts, permit, wanting
from tests.policies.templates import (
    CONNECT,
    LEAD,
    MILO,
    MONDAYS,
    PETRA,
    SVEN,
    inside,
    signature,
    signed,
    template,
)

MINUTE = timedelta(minutes=1)
WEEKLY = template()
HOURS = template(hours=(MONDAYS,))
CONFIRMED = approval(right=LEAD, approver=MILO)


def at_the_door(
    given: Charter, wish: Permit, *approvals: Any, state: PermitState = PermitState.APPROVED, **more: Any
) -> Decision:
    found = facts(charter=given, standings=(Standing(wish, state, approvals),), **more)
    return decide(wanting(), found, given.rules)


def test_one_on_shift_confirms_and_it_opens() -> None:
    """B16: the holder signed the template; who is on shift confirms this very permit."""
    given = signed(WEEKLY)
    assert isinstance(at_the_door(given, inside(WEEKLY), CONFIRMED), Allow)


def test_without_a_confirmation_the_template_opens_nothing() -> None:
    """B16: it still needs one each time."""
    given = signed(WEEKLY)
    assert isinstance(at_the_door(given, inside(WEEKLY)), Deny)
    waits = at_the_door(given, inside(WEEKLY), state=PermitState.REQUESTED)
    assert isinstance(waits, NeedsApproval)
    assert waits.rights == {LEAD}
    assert set(waits.waiting_for) >= {MILO, SVEN}


@for_each(
    ("name", "one", "changes"),
    [
        pytest.param(
            "vendor", template(vendor=VendorId("kestrel"), persons=frozenset()), {}, id="B16: vendor"
        ),
        pytest.param("person", template(persons=frozenset({PersonId("ben")})), {}, id="B16: person"),
        pytest.param("asset", template(assets=frozenset({AssetId("hmi-1")})), {}, id="B16: target"),
        pytest.param("conduit", template(conduit=ConduitId("dmz-pumping")), {}, id="B16: conduit"),
        pytest.param("passage", template(grants=frozenset({Grant.of("sftp")})), {}, id="B16: protocol"),
        pytest.param("action", template(actions=frozenset({Action.VIEW})), {}, id="B16: action"),
        pytest.param("state", template(states=frozenset({OperatingState.RUNNING})), {}, id="B16: state"),
        pytest.param("length", template(longest=timedelta(hours=4) - MINUTE), {}, id="B16: length"),
        pytest.param("expiry", template(window=TimeWindow(OPENS, CLOSES - MINUTE)), {}, id="B16: expiry"),
        pytest.param("expiry", template(window=TimeWindow(OPENS + MINUTE, CLOSES)), {}, id="B16: not yet"),
        pytest.param(
            "hours",
            HOURS,
            {"window": TimeWindow(NOW + timedelta(hours=6), NOW + timedelta(hours=8))},
            id="B16: hours",
        ),
    ],
)
def test_any_parameter_outside_takes_the_full_path(name: str, one: Template, changes: dict[str, Any]) -> None:
    given, wish = signed(one), inside(one, **changes)
    assert outside(given, one, wish, (), NOW) == (name,)
    assert isinstance(at_the_door(given, wish, CONFIRMED), Deny)
    if not changes:
        assert isinstance(at_the_door(given, wish, approval()), Allow), "the holder may approve it as ever"
    assert choose(given, replace(wish, template=""), (), NOW) == (replace(wish, template=""), None)


def test_a_template_that_the_permit_does_not_name_spares_it_nothing() -> None:
    assert isinstance(at_the_door(signed(WEEKLY), permit(), CONFIRMED), Deny)
    other = template(title="Another")
    assert isinstance(at_the_door(signed(WEEKLY), inside(other), CONFIRMED), Deny)


def _over(given: Charter) -> Charter:
    """Petra's right is over; nobody came after her."""
    first = given.register[0]
    held = (replace(first, window=TimeWindow(first.window.start, NOW - MINUTE)), *given.register[1:])
    return replace(given, holdings=held)


def _handed_over(given: Charter) -> Charter:
    """Olga took it over; she has not signed the template."""
    first = given.register[0]
    held = (
        replace(first, window=TimeWindow(first.window.start, NOW - MINUTE)),
        replace(
            first, holder=PersonId("olga"), arbiter=None, window=TimeWindow(NOW - MINUTE, first.window.end)
        ),
        *given.register[1:],
    )
    return replace(given, holdings=held)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda one: replace(one, statements=()), id="B16: nobody signed it"),
        pytest.param(lambda one: replace(one, templates=()), id="B16: it is not on the disk"),
        pytest.param(_over, id="B16: the right is over"),
        pytest.param(_handed_over, id="B16: the holder changed and the new one did not sign"),
        pytest.param(
            lambda one: replace(one, statements=(signature(WEEKLY, PersonId("milo")),)),
            id="B16: signed by somebody without the right",
        ),
        pytest.param(
            lambda one: replace(one, statements=(signature(WEEKLY, PETRA, DecisionRight.IDENTITY),)),
            id="B16: signed under another right",
        ),
    ],
)
def test_a_template_that_counts_no_more_spares_nothing(change: Callable[[Charter], Charter]) -> None:
    given = signed(WEEKLY)
    assert isinstance(at_the_door(given, inside(WEEKLY), CONFIRMED), Allow)
    assert isinstance(at_the_door(change(given), inside(WEEKLY), CONFIRMED), Deny)


def test_one_that_was_ended_spares_nothing_whatever_the_files_say() -> None:
    """B16: the watchdog keeps that it was ended; no edited file brings it back."""
    ended = frozenset({PermitId(WEEKLY.id)})
    assert isinstance(at_the_door(signed(WEEKLY), inside(WEEKLY), CONFIRMED, revoked=ended), Deny)
    assert isinstance(at_the_door(signed(WEEKLY), inside(WEEKLY), approval(), revoked=ended), Allow)


def test_a_successor_who_signs_it_too_keeps_it() -> None:
    given = _handed_over(signed(WEEKLY))
    both = (signature(WEEKLY), signature(WEEKLY, PersonId("olga")))
    assert isinstance(at_the_door(replace(given, statements=both), inside(WEEKLY), CONFIRMED), Allow)


def test_whoever_signed_it_does_not_confirm_too() -> None:
    """B09, B16: two persons, the one who agreed beforehand and the one on shift."""
    alone = template(confirm=CONNECT)
    given = signed(alone)
    assert isinstance(at_the_door(given, inside(alone), approval(right=DecisionRight.DATA_OUT)), Deny)
    deputy = approval(approver=PersonId("deniz"))
    assert isinstance(at_the_door(given, inside(alone), deputy), Allow)
    lead = template(confirm=LEAD)
    given = replace(signed(lead, MILO), holdings=_with(MILO))
    assert isinstance(at_the_door(given, inside(lead), CONFIRMED), Deny)


def _with(person: PersonId) -> tuple[Any, ...]:
    first, *rest = charter().register
    return (replace(first, holder=person, deputy=None), *rest)


def test_a_way_that_touches_a_safety_zone_takes_the_full_path_always() -> None:
    zones = dict(charter().zones)
    zone = charter().assets[AssetId("eng-ws-1")].zone
    zones[zone] = replace(zones[zone], safety=True)
    given = signed(WEEKLY, zones=zones)
    assert "safety" in outside(given, WEEKLY, inside(WEEKLY), (), NOW)


def test_a_wish_inside_one_is_found_and_names_it() -> None:
    named, found = choose(signed(WEEKLY), permit(), (), NOW)
    assert found is not None
    assert named == inside(WEEKLY)
    assert found.signed == ((CONNECT, PETRA),)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({}, None),
        ({"conduit": ConduitId("nowhere")}, "knows no such"),
        ({"vendor": VendorId("kestrel"), "persons": frozenset()}, None),
        ({"assets": frozenset({AssetId("plc-07")})}, "does not lead to plc-07"),
        ({"persons": frozenset({PersonId("ben")})}, "ben is nobody of"),
        ({"longest": timedelta(days=30)}, "longer than the conduit"),
        ({"states": frozenset({OperatingState.EMERGENCY})}, "does not allow"),
    ],
)
def test_what_the_charter_never_allows_is_said_before_anybody_signs(
    changed: dict[str, Any], sentence: str | None
) -> None:
    faults = faults_of(charter_with(), template(**changed))
    assert (not faults) if sentence is None else any(sentence in one for one in faults)


def test_what_the_charter_knows_no_more_needs_nothing_and_gets_nothing() -> None:
    assert needed(charter(), permit(asset=AssetId("gone")), NOW) == ()
