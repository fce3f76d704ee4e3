from dataclasses import replace

import pytest

from domain.attestation import Statement, of_delegation, of_exception
from domain.exceptions import GrantedException, Liftable
from domain.ids import ExceptionId
from domain.inheritance import WITHIN
from domain.rights import DecisionRight, Holding
from domain.window import TimeWindow
from policies.attestation import Due, due, exceptions_in_force, inheritances, successors
from tests.domain.test_inheritance import (
    BEGAN,
    DAY,
    ENDS,
    FIRST,
    GIVEN,
    LAPSES,
    MILO,
    OLGA,
    PETRA,
    SECOND,
    SUBJECT,
    TAKEN,
    said,
)
from tests.policies.plant import MICRO, NOW

VPN = of_exception("vpn")
GRANTED = GrantedException(
    id=ExceptionId("vpn"),
    owner=OLGA,
    granted_by=PETRA,
    reason="The new gateway is late",
    compensating="Somebody watches",
    lifts=frozenset({Liftable.TOOL}),
    boundary="pumping",
    window=TimeWindow(NOW - DAY, NOW + 120 * DAY),
)
OVER = GRANTED.window.end


def around(boundary: str) -> tuple[str, ...]:
    return (boundary, "riverside")


def counted(register: list[Holding], *statements: Statement) -> list[TimeWindow]:
    """When the exception counts over a zone of the site."""
    taken = inheritances([GRANTED], register, around)
    return [one.window for one in exceptions_in_force([GRANTED], taken, statements)]


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param([], [TimeWindow(NOW - DAY, LAPSES)], id="never: it lapses after thirty days"),
        pytest.param([said(TAKEN, subject=VPN)], [GRANTED.window], id="at once"),
        pytest.param([said(LAPSES - MICRO, subject=VPN)], [GRANTED.window], id="at the last instant"),
        pytest.param(
            [said(LAPSES + DAY, subject=VPN)],
            [TimeWindow(NOW - DAY, LAPSES), TimeWindow(LAPSES + DAY, OVER)], id="late: from then on",
        ),
        pytest.param([said(OVER, subject=VPN)], [TimeWindow(NOW - DAY, LAPSES)], id="when it is over"),
        pytest.param([said(TAKEN)], [TimeWindow(NOW - DAY, LAPSES)], id="the right is not the exception"),
        pytest.param([said(TAKEN, PETRA, VPN)], [TimeWindow(NOW - DAY, LAPSES)], id="by the predecessor"),
    ],
)  # fmt: skip
def test_an_inherited_exception_lapses_unless_it_is_attested(
    statements: list[Statement], expected: list[TimeWindow]
) -> None:
    """J03: change the holder, and unattested exceptions lapse."""
    assert counted([FIRST, SECOND], *statements) == expected


@pytest.mark.parametrize(
    "register",
    [
        pytest.param([FIRST], id="nobody new"),
        pytest.param([replace(FIRST, window=TimeWindow(BEGAN, NOW - DAY)), replace(SECOND, window=TimeWindow(NOW - DAY, ENDS))], id="granted under the new holder"),
        pytest.param([FIRST, replace(SECOND, window=TimeWindow(OVER, ENDS))], id="over before"),
        pytest.param([replace(FIRST, right=DecisionRight.IDENTITY), replace(SECOND, right=DecisionRight.IDENTITY)], id="another right"),
        pytest.param([replace(FIRST, boundary="office"), replace(SECOND, boundary="office")], id="another boundary"),
        pytest.param([FIRST, SECOND, replace(FIRST, boundary="pumping", window=TimeWindow(BEGAN, ENDS))], id="the nearer boundary has its own holder"),
    ],
)  # fmt: skip
def test_an_exception_that_nobody_took_over_counts_for_its_whole_window(register: list[Holding]) -> None:
    """J03: only a change of holder asks for it."""
    assert counted(register) == [GRANTED.window]


def test_what_was_taken_over_twice_lapses_for_each_who_does_not_answer() -> None:
    """J03: one heir's word is not the next one's."""
    again = TAKEN + 60 * DAY
    register = [FIRST, replace(SECOND, window=TimeWindow(TAKEN, again)), replace(SECOND, holder=OLGA, window=TimeWindow(again, ENDS))]  # fmt: skip
    assert counted(register, said(TAKEN, subject=VPN)) == [TimeWindow(NOW - DAY, again + WITHIN)]
    late = said(TAKEN + 40 * DAY, subject=VPN)
    assert counted(register, late, said(again, OLGA, VPN)) == [
        TimeWindow(NOW - DAY, LAPSES),
        TimeWindow(TAKEN + 40 * DAY, OVER),
    ]


def test_who_inherits_an_exception_is_told_of_it_until_they_attest() -> None:
    """J03."""
    taken = inheritances([GRANTED], [FIRST, SECOND], around)
    subjects = [one.subject for one in due([], [], taken, [], TAKEN)]
    assert subjects == [VPN]
    assert due([], [], taken, [], OVER) == ()
    assert due([], [], taken, [said(TAKEN, subject=VPN)], TAKEN) == ()


def test_who_came_in_with_an_entry_is_told_apart_from_who_went_on() -> None:
    """J03: an entry that is cut in two has its heir in the first part, and one thing to attest."""
    day = replace(SECOND, window=TimeWindow(TAKEN, TAKEN + DAY))
    rest = replace(SECOND, window=TimeWindow(TAKEN + DAY, ENDS))
    register = [FIRST, day, rest]
    assert successors(day, register) == (MILO,)
    assert successors(rest, register) == ()
    assert due(register, [], [], [], TAKEN) == (Due(SUBJECT, MILO, TAKEN, LAPSES),)


def test_what_is_still_to_be_attested_is_listed_with_its_last_day() -> None:
    found = due([FIRST, SECOND], [GIVEN], [], [], NOW)
    assert found == (
        Due(of_delegation(GIVEN), PETRA, GIVEN.approved, NOW),
        Due(SUBJECT, MILO, TAKEN, LAPSES),
    )
    assert due([FIRST, SECOND], [], [], [said(NOW)], NOW) == ()
    assert due([FIRST, SECOND], [GIVEN], [], [], ENDS) == ()
