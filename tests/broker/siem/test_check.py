"""What a collector received, looked at for gaps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.siem.cef import cef_line
from broker.siem.check import check
from broker.siem.ocsf import ocsf_line
from broker.siem.record import NOTHING_BEFORE
from domain import events
from tests.broker.siem.leaves import NASTY, leaf, record


def line(index: int, *, form: str = "ocsf", previous: int | None = None, target: str = "soc") -> str:
    before = index - 1 if previous is None else previous
    one = record(leaf(events.Isolated, NASTY), leaf=index, previous=before, target=target)
    return (ocsf_line if form == "ocsf" else cef_line)(one).decode()


def beat(index: int, form: str = "ocsf") -> str:
    one = record({}, leaf=index, previous=index, beat="2026-03-02T08:00:00Z")
    return (ocsf_line if form == "ocsf" else cef_line)(one).decode()


@pytest.mark.parametrize("form", ["ocsf", "cef"])
def test_what_came_whole_is_whole(form: str) -> None:
    report = check(
        [line(0, form=form, previous=NOTHING_BEFORE), *(line(i, form=form) for i in (1, 2, 3)), beat(3, form)]
    )
    assert (report.whole, report.records, report.heartbeats, report.duplicates) == (True, 4, 1, [])


@pytest.mark.parametrize("form", ["ocsf", "cef"])
def test_a_syslog_head_before_a_record_does_no_harm(form: str) -> None:
    head = '<110>1 2026-03-02T08:00:00Z gate penstock - Isolated [penstock@32473 leaf="4"] '
    assert check([head + line(4, form=form), head + line(5, form=form), ""]).whole


@pytest.mark.parametrize("form", ["ocsf", "cef"])
def test_what_did_not_come_is_named(form: str) -> None:
    (fault,) = check([line(4, form=form), line(8, form=form)]).faults
    assert (fault.code, fault.line) == ("gap", 2)
    assert "leaves 5 to 7 of riverside.example/ot-access/1 to soc did not come" in fault.sentence


def test_a_heartbeat_shows_that_the_last_ones_did_not_come() -> None:
    """H16: what was lost at the end shows by the next heartbeat, and without heartbeats there is silence."""
    (fault,) = check([line(4), beat(4), beat(6)]).faults
    assert (fault.code, "leaves 5 to 6" in fault.sentence) == ("gap", True)


def test_what_came_again_is_flagged_and_is_no_fault() -> None:
    report = check([line(4), line(5), line(4), line(5), line(6)])
    assert report.whole
    assert [one.line for one in report.duplicates] == [3, 4]


def test_what_came_late_is_named() -> None:
    assert [one.code for one in check([line(4), line(6), line(5)]).faults] == ["gap", "order"]


def test_a_forwarder_that_began_anew_leaves_a_gap_where_it_skipped_something() -> None:
    assert check([line(4), line(5, previous=NOTHING_BEFORE)]).whole
    (fault,) = check([line(4), line(9, previous=NOTHING_BEFORE)]).faults
    assert "leaves 5 to 8" in fault.sentence


def test_each_collector_has_its_own_chain() -> None:
    assert check([line(4), line(4, target="other"), line(5), line(5, target="other")]).whole


@pytest.mark.parametrize(
    "nonsense", ["hello", "{", "CEF:0|x", "CEF:0|a|b|c|d|e|f|cn1=x", '{"unmapped": {}}', "[" * 9000]
)
def test_what_is_no_record_is_named(nonsense: str) -> None:
    assert [one.code for one in check([nonsense]).faults] == ["unreadable"]


@given(st.lists(st.integers(0, 30), unique=True))
def test_any_loss_shows(lost: list[int]) -> None:
    """H16: whichever records are lost on the way, the checker names each of them, and nothing else."""
    there = [line(i) for i in range(31) if i not in lost]
    named = {int(n) for one in check([*there, beat(30)]).faults for n in _numbers(one.sentence)}
    first = min((i for i in range(31) if i not in lost), default=31)
    assert named == {i for i in lost if i > first}


def _numbers(sentence: str) -> list[int]:
    words = sentence.split(" of ", maxsplit=1)[0].split()
    first, last = int(words[3]), int(words[-1])
    return list(range(first, last + 1))
