from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import Action, Grant
from domain.delegation import Delegation, Stake
from domain.ids import PersonId
from domain.plant import OperatingState, Outflow
from domain.rights import DecisionRight, Holding, Side
from domain.voices import Seat, Voice, rights_needed, seats, unfilled, voices
from domain.window import TimeWindow
from tests.domain.samples import CLOSES, OPENS
from tests.for_each import for_each

ANA, BEA, CARL, DORA, EVA = map(PersonId, ("ana", "bea", "carl", "dora", "eva"))
"""Ana is a vendor's; Eva is of IT, the others of OT."""
SIDES = {BEA: Side.OT, CARL: Side.OT, DORA: Side.OT, EVA: Side.IT}
CONNECT, SAFETY, DATA_OUT = DecisionRight.CONNECT, DecisionRight.SAFETY, DecisionRight.DATA_OUT
STAKE = Stake(frozenset({Action.VIEW}), frozenset({OperatingState.RUNNING}))
SPAN = TimeWindow(OPENS, CLOSES)
HELD = Holding(CONNECT, "zone-1", BEA, CARL, "Charter of duties 3", SPAN)
GIVEN = Delegation(CONNECT, "zone-1", BEA, DORA, STAKE.actions, STAKE.states, SPAN, OPENS)


def own(*people: PersonId) -> tuple[Voice, ...]:
    return tuple(Voice(one, one) for one in people)


def able(holding: Holding | None = HELD, *given: Delegation, requester: PersonId = ANA) -> tuple[Voice, ...]:
    return voices(holding, STAKE, OPENS, requester=requester, sides=SIDES, delegations=given)


@for_each(
    ("holding", "given", "requester", "expected"),
    [
        pytest.param(HELD, (), ANA, own(BEA, CARL), id="the holder, then the deputy"),
        pytest.param(replace(HELD, others=(DORA,)), (), ANA, own(BEA, DORA, CARL), id="every holder"),
        pytest.param(HELD, (GIVEN,), ANA, (*own(BEA, CARL), Voice(DORA, BEA)), id="a delegate, on the holder's word"),
        pytest.param(HELD, (replace(GIVEN, boundary="site-1"),), ANA, own(BEA, CARL), id="a delegate elsewhere"),
        pytest.param(HELD, (replace(GIVEN, by=CARL),), ANA, own(BEA, CARL), id="a deputy delegates nothing"),
        pytest.param(HELD, (), BEA, own(CARL), id="never one's own wish"),
        pytest.param(HELD, (GIVEN,), BEA, own(CARL), id="nor through one's own delegate"),
        pytest.param(replace(HELD, holder=ANA), (), DORA, own(CARL), id="no vendor's person, whatever is written"),
        pytest.param(replace(HELD, side=Side.OT, deputy=EVA), (), ANA, own(BEA), id="no IT in an OT seat"),
        pytest.param(replace(HELD, side=Side.IT, deputy=EVA), (), ANA, own(EVA), id="no OT in an IT seat"),
        pytest.param(replace(HELD, right=SAFETY, holder=EVA), (), ANA, own(CARL), id="no IT turns the second key"),
        pytest.param(replace(HELD, side=Side.OT), (replace(GIVEN, to=EVA),), ANA, own(BEA, CARL), id="nor as a delegate"),
        pytest.param(None, (GIVEN,), ANA, (), id="nobody in a void"),
    ],
)  # fmt: skip
def test_who_speaks_under_a_right(
    holding: Holding | None, given: tuple[Delegation, ...], requester: PersonId, expected: tuple[Voice, ...]
) -> None:
    """B02, B10, J15, S-12: nobody else, and nobody of the other side."""
    assert able(holding, *given, requester=requester) == expected


def test_a_person_without_a_side_fills_no_seat_that_asks_for_one() -> None:
    """J15: not knowing is no reason to let somebody in."""
    asked = replace(HELD, side=Side.OT)
    assert voices(asked, STAKE, OPENS, requester=ANA, sides={BEA: None, CARL: Side.OT}) == own(CARL)


@pytest.mark.parametrize(("at", "expected"), [(OPENS, own(BEA, CARL)), (CLOSES, ())])
def test_nobody_speaks_once_the_holding_is_over(at: object, expected: tuple[Voice, ...]) -> None:
    assert voices(HELD, STAKE, at, requester=ANA, sides=SIDES) == expected  # type: ignore[arg-type]


def row(right: DecisionRight, people: Sequence[Voice], number: int = 1) -> tuple[Seat, ...]:
    return (Seat(right, tuple(people)),) * number


@for_each(
    ("wanted", "said", "left"),
    [
        pytest.param(row(CONNECT, own(BEA, CARL)), [(CONNECT, BEA)], (), id="one of one"),
        pytest.param(row(CONNECT, own(BEA)), [], (CONNECT,), id="nobody yet"),
        pytest.param(row(CONNECT, own(BEA)), [(SAFETY, BEA)], (CONNECT,), id="under another right"),
        pytest.param(row(CONNECT, own(BEA)), [(CONNECT, DORA)], (CONNECT,), id="by somebody else"),
        pytest.param(row(CONNECT, ()), [(CONNECT, BEA)], (CONNECT,), id="a void is never filled"),
        pytest.param(row(CONNECT, own(BEA, CARL, DORA), 2), [(CONNECT, BEA)], (CONNECT,), id="one of two"),
        pytest.param(row(CONNECT, own(BEA, CARL, DORA), 2), [(CONNECT, DORA), (CONNECT, BEA)], (), id="two of three"),
        pytest.param(row(CONNECT, own(BEA, CARL), 2), [(CONNECT, BEA)] * 2, (CONNECT,), id="the same person twice"),
        pytest.param(
            row(CONNECT, (*own(BEA), Voice(DORA, BEA)), 2), [(CONNECT, BEA), (CONNECT, DORA)], (CONNECT,),
            id="who delegated and their delegate",
        ),
        pytest.param(
            row(CONNECT, own(BEA)) + row(SAFETY, (*own(BEA), Voice(DORA, BEA))), [(CONNECT, BEA), (SAFETY, DORA)],
            (SAFETY,), id="nor under two rights",
        ),
        pytest.param(
            row(CONNECT, own(BEA)) + row(SAFETY, own(BEA)), [(CONNECT, BEA), (SAFETY, BEA)], (SAFETY,),
            id="one person under two rights",
        ),
        pytest.param(
            row(CONNECT, own(BEA, CARL)) + row(SAFETY, own(BEA)),
            [(CONNECT, BEA), (SAFETY, BEA), (CONNECT, CARL)], (), id="two persons, whoever said yes to what",
        ),
        pytest.param(row(CONNECT, own(BEA)) + row(SAFETY, own(DORA)), [(SAFETY, DORA)], (CONNECT,), id="every right"),
        pytest.param((), [], (), id="nothing wanted"),
    ],
)  # fmt: skip
def test_which_seats_are_left_empty(
    wanted: tuple[Seat, ...], said: list[tuple[DecisionRight, PersonId]], left: tuple[DecisionRight, ...]
) -> None:
    """B09: two means two persons, on two authorities."""
    assert unfilled(wanted, said) == left


PEOPLE = st.sampled_from([BEA, CARL, DORA, EVA])
VOICES = st.builds(Voice, PEOPLE, PEOPLE)
WANTED = st.lists(
    st.tuples(st.sampled_from([CONNECT, DATA_OUT, SAFETY]), st.lists(VOICES, max_size=4), st.integers(1, 2)),
    max_size=3,
    unique_by=lambda one: one[0],
).map(lambda rows: tuple(seat for right, able, number in rows for seat in row(right, able, number)))
SAID = st.lists(st.tuples(st.sampled_from([CONNECT, DATA_OUT, SAFETY]), PEOPLE), max_size=6)


@given(WANTED, SAID, st.randoms(use_true_random=False))
def test_no_order_of_the_answers_changes_anything(
    wanted: tuple[Seat, ...], said: list[tuple[DecisionRight, PersonId]], shuffle: object
) -> None:
    other, turned = list(said), list(wanted)
    shuffle.shuffle(other)  # type: ignore[attr-defined]
    shuffle.shuffle(turned)  # type: ignore[attr-defined]
    assert len(unfilled(turned, other)) == len(unfilled(wanted, said))


@given(WANTED, SAID)
def test_as_many_seats_are_filled_as_can_be_without_anybody_counting_twice(
    wanted: tuple[Seat, ...], said: list[tuple[DecisionRight, PersonId]]
) -> None:
    """Against every way of choosing, tried out one by one."""
    usable = [(seat, one) for seat in wanted for one in seat.voices if (seat.right, one.person) in said]
    options = {(seat.right, one) for seat, one in usable}
    number = {seat.right: wanted.count(seat) for seat in wanted}
    best = 0
    for size in range(len(wanted) + 1):
        for chosen in combinations(sorted(options), size):
            people = [one.both for _, one in chosen]
            apart = sum(map(len, people)) == len(frozenset().union(*people))
            fits = all(sum(right is each for each, _ in chosen) <= number[right] for right in number)
            best = max(best, size if apart and fits else 0)
    assert len(wanted) - len(unfilled(wanted, said)) == best


@given(WANTED, SAID, st.integers(0, 5))
def test_one_yes_less_never_fills_more(
    wanted: tuple[Seat, ...], said: list[tuple[DecisionRight, PersonId]], at: int
) -> None:
    fewer = said[:at] + said[at + 1 :]
    assert len(unfilled(wanted, fewer)) >= len(unfilled(wanted, said))


def test_a_right_has_as_many_seats_as_its_quorum_and_a_void_has_one_that_stays_empty() -> None:
    assert len(seats(replace(HELD, others=(DORA,), quorum=2), CONNECT, own(BEA, DORA))) == 2
    assert unfilled(seats(None, CONNECT, ()), [(CONNECT, BEA)]) == (CONNECT,)


@pytest.mark.parametrize(
    ("safety", "data_out", "grants", "expected"),
    [
        pytest.param(False, (), ("sftp",), {CONNECT}, id="connectivity always"),
        pytest.param(True, (), ("shell",), {CONNECT, SAFETY}, id="the second key of a safety zone"),
        pytest.param(False, (Outflow.SFTP,), ("sftp",), {CONNECT, DATA_OUT}, id="what lets data leave"),
        pytest.param(False, (Outflow.FORWARD,), ("forward:502",), {CONNECT, DATA_OUT}, id="one port of a forward"),
        pytest.param(False, (Outflow.SFTP,), ("sftp:get",), {CONNECT, DATA_OUT}, id="files that come out"),
        pytest.param(False, (Outflow.SFTP,), ("sftp:put",), {CONNECT}, id="files that only go in"),
        pytest.param(False, (Outflow.RECORDING,), ("sftp",), {CONNECT}, id="a recording leaves later, or never"),
    ],
)  # fmt: skip
def test_which_rights_a_permit_needs(
    safety: bool, data_out: tuple[Outflow, ...], grants: tuple[str, ...], expected: set[DecisionRight]
) -> None:
    """B17, J02: the second key, and the yes to what leaves."""
    asked = [Grant.of(one) for one in grants]
    assert rights_needed(safety=safety, data_out=data_out, grants=asked) == expected
