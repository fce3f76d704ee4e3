import tomllib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.access import Action
from domain.plant import OperatingState
from domain.rights import DecisionRight, Side
from policies.charter.places import Places
from policies.charter.right_tables import (
    MOST_HOLDERS,
    read_delegation,
    read_escalation,
    read_review_terms,
    read_right,
    read_start_terms,
    read_timers,
)
from policies.charter.table import Source, Table
from policies.escalation import BoundaryTimers, Escalation
from policies.review_terms import Overdue, ReviewTerms
from policies.start_notice import StartTerms, Unheard

HERE = ZoneInfo("Europe/Amsterdam")

RIGHT = """
right = "connect"
boundary = "riverside"
holder = "petra"
deputy = "deniz"
others = ["olga", "sven"]
quorum = 2
arbiter = "milo"
side = "ot"
basis = "Plant instruction PI-07, version 3"
from = 2026-01-01
until = 2027-01-01
"""
DELEGATION = """
right = "connect"
boundary = "riverside"
by = "petra"
to = "olga"
actions = ["view"]
states = ["maintenance"]
approved = 2026-05-01
document = "Delegation form DF-12"
from = 2026-05-02
until = 2026-08-01
"""


def table(text: str, kind: str = "right") -> Table:
    return Table(Source("rights.toml", Places(text)), (), tomllib.loads(text), kind)


def test_a_right_is_read_with_everything_it_says() -> None:
    right = read_right(table(RIGHT), HERE)
    assert right is not None
    assert (right.right, right.boundary, right.deputy) == (DecisionRight.CONNECT, "riverside", "deniz")
    assert (right.holders, right.quorum) == (("petra", "olga", "sven"), 2)
    assert (right.arbiter, right.side) == ("milo", Side.OT)


def test_a_right_may_have_one_holder_and_nothing_else() -> None:
    lines = [
        one for one in RIGHT.splitlines() if not one.startswith(("deputy", "others", "quorum", "arb", "side"))
    ]
    right = read_right(table("\n".join(lines)), HERE)
    assert right is not None
    assert (right.holders, right.deputy, right.quorum, right.arbiter, right.side) == (
        ("petra",),
        None,
        1,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("old", "new", "fact"),
    [
        pytest.param('basis = "Plant', 'bases = "Plant', "'basis' is missing", id="no basis"),
        pytest.param('"deniz"', '"petra"', "holder and deputy are the same", id="one's own deputy"),
        pytest.param('"deniz"', '"olga"', "the deputy is a holder already", id="a holder as deputy"),
        pytest.param('"olga"', '"petra"', "it names the holder again", id="a holder twice"),
        pytest.param('"milo"', '"sven"', "the arbiter would judge", id="a holder as arbiter"),
        pytest.param('"milo"', '"deniz"', "the arbiter would judge", id="the deputy as arbiter"),
        pytest.param("quorum = 2", "quorum = 4", "4 must say yes, and 3 may", id="more than there are"),
        pytest.param("quorum = 2", "quorum = 0", "'quorum' is not from 1", id="nobody must say yes"),
        pytest.param('side = "ot"', 'side = "vendor"', "'side' is", id="a third side"),
    ],
)  # fmt: skip
def test_a_right_that_can_not_be_is_a_fault(old: str, new: str, fact: str) -> None:
    """B09: what could never be two persons is refused as it is read."""
    given = table(RIGHT.replace(old, new, 1))
    assert read_right(given, HERE) is None
    assert any(fact in one.fact for one in given.faults)


def test_the_second_key_of_a_safety_zone_is_no_seat_of_it() -> None:
    """J15: an IT person can not be written into it."""
    given = table(RIGHT.replace('"connect"', '"safety"').replace('side = "ot"', 'side = "it"'))
    assert read_right(given, HERE) is None


def test_the_no_of_a_safety_zone_s_second_key_is_final() -> None:
    """B14, B17: nobody settles it."""
    given = table(RIGHT.replace('"connect"', '"safety"'))
    assert read_right(given, HERE) is None
    assert any("final" in one.fact for one in given.faults)


def test_a_crowd_holds_nothing() -> None:
    names = ", ".join(f'"p{one}"' for one in range(MOST_HOLDERS))
    assert read_right(table(RIGHT.replace('"olga", "sven"', names)), HERE) is None


def test_a_delegation_is_read_with_everything_it_says() -> None:
    given = read_delegation(table(DELEGATION), HERE)
    assert given is not None
    assert (given.by, given.to, given.document) == ("petra", "olga", "Delegation form DF-12")
    assert (given.actions, given.states) == ({Action.VIEW}, {OperatingState.MAINTENANCE})
    assert given.approved == datetime(2026, 4, 30, 22, tzinfo=UTC)


FIELDS = ("right", "boundary", "by", "to", "actions", "states", "approved", "from", "until")


@pytest.mark.parametrize("field", FIELDS)
def test_a_delegation_that_leaves_out_a_field_is_refused(field: str) -> None:
    """B03: each field says something."""
    text = "\n".join(one for one in DELEGATION.splitlines() if not one.startswith(f"{field} "))
    given = table(text, "delegation")
    assert read_delegation(given, HERE) is None
    assert any(f"'{field}' is missing" in one.fact for one in given.faults)


def test_the_document_alone_may_follow() -> None:
    """B03: within thirty days, or the void report says so."""
    given = read_delegation(table(DELEGATION.replace('document = "Delegation form DF-12"', "")), HERE)
    assert given is not None
    assert given.document == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('to = "olga"', 'to = "petra"', id="to oneself"),
        pytest.param("from = 2026-05-02", "from = 2026-04-30", id="before it was approved"),
        pytest.param('["view"]', "[]", id="of no action"),
        pytest.param('["maintenance"]', '["*"]', id="in any state"),
    ],
)
def test_a_delegation_that_can_not_be_is_a_fault(old: str, new: str) -> None:
    """B03: each field says something."""
    assert read_delegation(table(DELEGATION.replace(old, new, 1)), HERE) is None


def test_an_escalation_says_who_and_when_and_leaves_the_rest_as_it_is() -> None:
    """J09: a ladder with timers."""
    read = read_escalation(table('executive = "petra"\nexecutive_after = "2h"', "escalation"))
    assert read == Escalation(executive=read.executive, executive_after=timedelta(hours=2))
    assert read.executive == "petra"
    assert read_escalation(None) == Escalation()


def test_the_deputy_is_told_before_the_executive() -> None:
    given = table('deputy_after = "5h"', "escalation")
    read_escalation(given)
    assert given.faults


def test_a_boundary_s_timers_say_what_is_otherwise_there() -> None:
    """B13, J09: per boundary."""
    read = read_timers(table('boundary = "safety"\ndecide_within = "2h"\nuse_within = "30m"', "timers"))
    two, half = timedelta(hours=2), timedelta(minutes=30)
    assert read == BoundaryTimers(boundary="safety", decide_within=two, use_within=half)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('boundary = "safety"', id="no timer"),
        pytest.param('decide_within = "2h"', id="no boundary"),
        pytest.param('boundary = "safety"\ndecide_within = "soon"', id="no span"),
        pytest.param('boundary = "safety"\ndecide_within = "32d"', id="longer than a month"),
        pytest.param('boundary = "safety"\nexecutive = "petra"', id="a word of another table"),
        pytest.param(
            'boundary = "safety"\ndeputy_after = "5h"\nexecutive_after = "4h"', id="the wrong way round"
        ),
    ],
)
def test_timers_that_can_not_be_are_a_fault(text: str) -> None:
    given = table(text, "timers")
    assert read_timers(given) is None
    assert given.faults


def test_who_is_told_of_a_start_is_read_as_it_is_written() -> None:
    """B06: by boundary, with what follows when nobody confirms."""
    text = 'boundary = "pumping"\ntell = ["connect", "safety"]\nshift = true\nbefore = "1h"\nunheard = "block_start"'
    read = read_start_terms(table(text, "start_notice"))
    rights = frozenset({DecisionRight.CONNECT, DecisionRight.SAFETY})
    assert read == StartTerms("pumping", rights, True, timedelta(hours=1), Unheard.BLOCK_START)
    short = read_start_terms(
        table('boundary = "pumping"\ntell = ["connect"]\nunheard = "alarm"', "start_notice")
    )
    assert short == StartTerms("pumping", frozenset({DecisionRight.CONNECT}), unheard=Unheard.ALARM)


@pytest.mark.parametrize(
    "text",
    [
        'tell = ["connect"]\nunheard = "alarm"',
        'boundary = "pumping"\nunheard = "alarm"',
        'boundary = "pumping"\ntell = []\nunheard = "alarm"',
        'boundary = "pumping"\ntell = ["everybody"]\nunheard = "alarm"',
        'boundary = "pumping"\ntell = ["connect"]',
        'boundary = "pumping"\ntell = ["connect"]\nunheard = "maybe"',
        'boundary = "pumping"\ntell = ["connect"]\nunheard = "alarm"\nbefore = "3d"',
        'boundary = "pumping"\ntell = ["connect"]\nunheard = "alarm"\nshift = "yes"',
    ],
)
def test_a_start_notice_that_can_not_be_is_a_fault(text: str) -> None:
    given = table(text, "start_notice")
    assert read_start_terms(given) is None
    assert given.faults


def test_who_reviews_sessions_over_a_boundary_and_by_when() -> None:
    text = 'boundary = "riverside"\nby = ["connect"]\nwithin_days = 15\noverdue = "block"'
    usual = read_review_terms(table(text, "review"))
    assert usual == ReviewTerms(
        "riverside", frozenset({DecisionRight.CONNECT}), timedelta(days=15), Overdue.BLOCK
    )
    sampled = read_review_terms(table(text + "\npercent = 20", "review"))
    assert sampled is not None
    assert sampled.percent == 20


@pytest.mark.parametrize(
    "line", ["within_days = 0", 'overdue = "maybe"', "percent = 0", "percent = 101", "by = []"]
)
def test_terms_of_review_that_can_not_be_are_a_fault(line: str) -> None:
    lines = {"boundary": '"riverside"', "by": '["connect"]', "within_days": "15", "overdue": '"block"'}
    name, _, value = line.partition(" = ")
    given = table("\n".join(f"{key} = {said}" for key, said in (lines | {name: value}).items()), "review")
    assert read_review_terms(given) is None
