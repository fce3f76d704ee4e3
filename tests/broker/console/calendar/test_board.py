from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from broker.console.calendar.board import Block, Board, board, span_of
from domain.ids import AssetId, PermitId, PersonId, ZoneId
from domain.permit import Permit, PermitState
from domain.recurrence import Hours
from domain.window import TimeWindow
from policies.charter.charter import Charter
from tests.policies.plant import charter, charter_with, permit

HERE = ZoneInfo("Europe/Amsterdam")
DAY = date(2026, 3, 2)
WINDOW = span_of(DAY, 1, HERE)
ASSET = AssetId("eng-ws-1")
RUNNING = {ZoneId(zone): "running" for zone in charter().zones}


def at(hour: float) -> datetime:
    return datetime.combine(DAY, time(), HERE).astimezone(UTC) + timedelta(hours=hour)


def asked(start: float, end: float, name: str = "a", person: str = "ana") -> Permit:
    return replace(
        permit(), id=PermitId(name * 26), person=PersonId(person), window=TimeWindow(at(start), at(end))
    )


def drawn(
    *permits: tuple[Permit, PermitState],
    of: Charter | None = None,
    now: datetime | None = None,
    window: TimeWindow = WINDOW,
    states: dict[ZoneId, str] = RUNNING,
    isolated: frozenset[str] = frozenset(),
) -> Board:
    return board(
        of or charter(), [ASSET], permits, window, HERE, now=now or at(10), states=states, isolated=isolated
    )


ASKED, APPROVED, DONE = PermitState.REQUESTED, PermitState.APPROVED, PermitState.COMPLETED


def test_a_permit_lies_where_its_window_is_in_minutes_of_the_day() -> None:
    found = drawn((asked(10, 12), ASKED))
    (bar,) = found.lanes[0].bars
    assert (found.minutes, found.now, bar.block, bar.conflicts) == (1440, 600, Block(600, 120), ())


@pytest.mark.parametrize(
    ("start", "end", "block"),
    [
        pytest.param(-2, 2, Block(0, 120), id="from the day before"),
        pytest.param(23, 30, Block(1380, 60), id="into the next day"),
        pytest.param(10, 10.01, Block(600, 7), id="a moment, drawn so that it is seen"),
        pytest.param(23.99, 30, Block(1433, 7), id="a moment at the end"),
    ],
)
def test_what_goes_beyond_the_board_ends_at_its_edge(start: float, end: float, block: Block) -> None:
    assert drawn((asked(start, end), ASKED)).lanes[0].bars[0].block == block


@pytest.mark.parametrize(("start", "end"), [(-2, 0), (24, 25)])
def test_what_only_touches_the_day_is_not_of_it(start: float, end: float) -> None:
    assert drawn((asked(start, end), ASKED)).lanes[0].bars == ()


@pytest.mark.parametrize("state", [PermitState.REFUSED, PermitState.LAPSED, PermitState.NARROWED])
def test_what_came_to_nothing_takes_no_time(state: PermitState) -> None:
    assert drawn((asked(10, 12), state)).lanes[0].bars == ()


def test_two_at_the_same_time_are_said_on_both_and_back_to_back_on_neither() -> None:
    found = drawn((asked(10, 12), APPROVED), (asked(11, 13, "b", "bo"), ASKED), (asked(13, 14, "c"), ASKED))
    assert [bar.conflicts for bar in found.lanes[0].bars] == [
        ("at the same time as bo",),
        ("at the same time as A. Ferreira",),
        (),
    ]
    assert found.conflicts == 2
    assert drawn((asked(10, 12), DONE), (asked(11, 13, "b"), ASKED)).conflicts == 0, (
        "what is over is in nobody's way"
    )


def test_hours_are_drawn_and_what_lies_outside_them_is_said() -> None:
    mornings = (Hours("FREQ=DAILY", time(8), timedelta(hours=4), date(2026, 1, 1)),)
    ways = {name: replace(one, hours=mornings) for name, one in charter().conduits.items()}
    found = drawn((asked(9, 11), ASKED), (asked(11, 13, "b"), ASKED), of=charter_with(conduits=ways)).lanes[0]
    assert found.hours == (Block(480, 240),)
    assert [bar.conflicts for bar in found.bars] == [
        (),
        ("outside the hours of Vendor support for operations",),
    ]
    assert drawn().lanes[0].hours is None


@pytest.mark.parametrize(
    ("states", "isolated", "said"),
    [
        pytest.param(RUNNING, frozenset({"vendor:kestrel"}), (), id="nothing that concerns it"),
        pytest.param(RUNNING, frozenset({"zone:operations"}), ("closed by the kill switch",), id="its zone"),
        pytest.param(RUNNING, frozenset({"all"}), ("closed by the kill switch",), id="everything"),
        pytest.param({}, frozenset(), ("its zone's state is not known",), id="unknown"),
        pytest.param(
            {ZoneId("operations"): "emergency"},
            frozenset(),
            ("no way is open while its zone is in emergency",),
            id="a state that no conduit names",
        ),
    ],
)
def test_what_forbids_it_is_drawn_from_now_on(
    states: dict[ZoneId, str], isolated: frozenset[str], said: tuple[str, ...]
) -> None:
    lane = drawn(states=states, isolated=isolated).lanes[0]
    assert lane.forbids == said
    assert lane.closed == (Block(600, 840) if said else None)
    yesterday = span_of(DAY - timedelta(days=1), 1, HERE)
    assert drawn(states=states, isolated=isolated, window=yesterday).lanes[0].closed is None


def test_a_day_in_which_the_clock_is_put_forward_has_23_hours_and_a_week_has_a_tick_a_day() -> None:
    short = drawn(window=span_of(date(2026, 3, 29), 1, HERE), now=at(0))
    assert (short.minutes, len(short.ticks), short.now) == (23 * 60, 8, None)
    assert [one.astimezone(HERE).hour for one in short.ticks] == list(range(0, 24, 3))
    assert len(drawn(window=span_of(DAY, 7, HERE)).ticks) == 7
