"""Who took a right over lapses unless they attest it; what was delegated counts once it is signed."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.access import Action
from domain.attestation import Statement, of_delegation, of_right
from domain.delegation import Delegation
from domain.ids import PersonId
from domain.inheritance import WITHIN, Heir, delegated_in_force, heirs_of, in_force, inherited
from domain.plant import OperatingState
from domain.rights import DecisionRight, Holding
from domain.window import TimeWindow
from tests.for_each import for_each
from tests.policies.plant import MICRO, NOW

DAY = timedelta(days=1)
PETRA, MILO, OLGA = map(PersonId, ("petra", "milo", "olga"))
BEGAN, TAKEN, ENDS = NOW - 365 * DAY, NOW, NOW + 365 * DAY
SUBJECT = of_right(DecisionRight.CONNECT, "riverside")
FIRST = Holding(DecisionRight.CONNECT, "riverside", PETRA, None, "PI-07", TimeWindow(BEGAN, TAKEN))
SECOND = replace(FIRST, holder=MILO, window=TimeWindow(TAKEN, ENDS))
LAPSES = TAKEN + WITHIN


def said(at: datetime, person: PersonId = MILO, subject: str = SUBJECT) -> Statement:
    return Statement(subject, person, at, bytes(16))


def spans(*statements: Statement) -> list[TimeWindow]:
    return [one.window for one in in_force([FIRST, SECOND], statements) if one.holder == MILO]


WHOLE, CUT = [TimeWindow(TAKEN, ENDS)], [TimeWindow(TAKEN, LAPSES)]


@for_each(
    ("statements", "expected"),
    [
        pytest.param([], CUT, id="never: it lapses after thirty days"),
        pytest.param([said(TAKEN)], WHOLE, id="at once"),
        pytest.param([said(LAPSES - MICRO)], WHOLE, id="at the last instant"),
        pytest.param([said(LAPSES)], WHOLE, id="at the instant it lapses: no instant is without"),
        pytest.param([said(LAPSES + DAY)], [*CUT, TimeWindow(LAPSES + DAY, ENDS)], id="late: from then on"),
        pytest.param([said(ENDS)], CUT, id="when it is over"),
        pytest.param([said(TAKEN - WITHIN)], WHOLE, id="a month ahead"),
        pytest.param([said(TAKEN - WITHIN - MICRO)], CUT, id="at another time, of another term"),
        pytest.param([said(TAKEN, PETRA)], CUT, id="by the predecessor"),
        pytest.param([said(TAKEN, subject="right:safety@riverside")], CUT, id="of another right"),
        pytest.param([said(TAKEN, subject="right:connect@pumping")], CUT, id="of another boundary"),
    ],
)
def test_what_a_successor_takes_over_lapses_unless_they_attest_it(
    statements: list[Statement], expected: list[TimeWindow]
) -> None:
    """J03, S-03: inside thirty days."""
    assert spans(*statements) == expected


def test_a_first_holder_and_one_who_goes_on_inherit_nothing() -> None:
    """J03: only a change of holder asks for it."""
    again = replace(FIRST, window=TimeWindow(TAKEN, ENDS), basis="PI-07, version 4")
    assert in_force([FIRST], []) == (FIRST,)
    assert in_force([FIRST, again], []) == (FIRST, again)


def test_every_new_one_of_several_holders_attests() -> None:
    """J03: one heir's word is not the other's."""
    several = replace(SECOND, others=(OLGA, PETRA), quorum=2)
    assert [one.person for one in heirs_of(several, [FIRST, several])] == [MILO, OLGA]
    cut = [one.window for one in in_force([FIRST, several], [said(TAKEN)])]
    assert cut == [FIRST.window, *CUT]
    assert in_force([FIRST, several], [said(TAKEN), said(TAKEN, OLGA)]) == (FIRST, several)


def test_a_short_term_is_over_before_it_lapses() -> None:
    short = TimeWindow(TAKEN, TAKEN + DAY)
    assert inherited(short, SUBJECT, (Heir(MILO, TAKEN),), []) == (short,)


def test_an_entry_cut_in_two_makes_no_first_holder_of_a_successor() -> None:
    """J03: the thirty days run from where somebody came in, through every entry that names them since."""
    day = replace(SECOND, window=TimeWindow(TAKEN, TAKEN + DAY))
    rest = replace(SECOND, window=TimeWindow(TAKEN + DAY, ENDS))
    register = [FIRST, day, rest]
    assert heirs_of(day, register) == heirs_of(rest, register) == (Heir(MILO, TAKEN),)
    assert [one.window.end for one in in_force(register, [])] == [TAKEN, TAKEN + DAY, LAPSES]
    assert in_force(register, [said(TAKEN)]) == (FIRST, day, rest)


def test_what_lapsed_under_one_entry_is_not_in_force_under_the_next() -> None:
    """J03: another entry of the same holder is no attestation."""
    middle = TAKEN + WITHIN + DAY
    first, rest = (replace(SECOND, window=TimeWindow(*span)) for span in ((TAKEN, middle), (middle, ENDS)))
    assert [one.window.end for one in in_force([FIRST, first, rest], [])] == [TAKEN, LAPSES]


GIVEN = Delegation(
    DecisionRight.CONNECT, "riverside", PETRA, OLGA, frozenset({Action.VIEW}),
    frozenset({OperatingState.RUNNING}), TimeWindow(NOW, ENDS), NOW - DAY,
)  # fmt: skip


@pytest.mark.parametrize(
    ("statements", "begins"),
    [
        pytest.param([], None, id="nobody signed it"),
        pytest.param([said(NOW - DAY, PETRA, of_delegation(GIVEN))], NOW, id="signed before it begins"),
        pytest.param([said(NOW + DAY, PETRA, of_delegation(GIVEN))], NOW + DAY, id="signed later: from then on"),
        pytest.param([said(ENDS, PETRA, of_delegation(GIVEN))], None, id="signed when it is over"),
        pytest.param([said(NOW, OLGA, of_delegation(GIVEN))], None, id="signed by the delegate"),
        pytest.param(
            [said(NOW, PETRA, of_delegation(replace(GIVEN, actions=frozenset(Action))))], None,
            id="something else was signed",
        ),
    ],
)  # fmt: skip
def test_a_delegation_counts_from_when_its_holder_signed_exactly_it(
    statements: list[Statement], begins: datetime | None
) -> None:
    """B03: approved by the holder."""
    found = delegated_in_force([GIVEN], statements)
    assert [one.window.start for one in found] == ([begins] if begins else [])


def test_no_statement_of_another_ever_opens_anything() -> None:
    """J03: one statement more never takes anything away, one less never adds."""
    every = [said(at, person) for at in (TAKEN, LAPSES, LAPSES + DAY) for person in (PETRA, MILO)]
    for number in range(len(every)):
        fewer = every[:number] + every[number + 1 :]
        for at in (TAKEN, LAPSES - MICRO, LAPSES, LAPSES + DAY, LAPSES + 2 * DAY):
            less = any(one.contains(at) for one in spans(*fewer))
            assert not less or any(one.contains(at) for one in spans(*every))
