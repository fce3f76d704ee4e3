from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from policies.assurance.evidence import Deviation, Item, Span, Trigger, of_baseline
from tests.policies.assurance.test_baseline import shipped

AT = datetime(2026, 6, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ITEM = Item(
    id="EV-REC:s",
    kind="EV-REC",
    controls=("BC-17",),
    source="leaf 7",
    collector="gate",
    collected=AT,
    digest="0" * 64,
    leaf=7,
)


@pytest.mark.parametrize(
    "missing",
    [
        pytest.param({"controls": ()}, id="G01: no control"),
        pytest.param({"source": ""}, id="no source"),
        pytest.param({"collector": ""}, id="no collector"),
        pytest.param({"collected": datetime(2026, 6, 1)}, id="no zone"),  # noqa: DTZ001
    ],
)
def test_an_item_without_control_or_source_is_refused(missing: dict[str, object]) -> None:
    """G01: it can't even be made."""
    with pytest.raises(ValueError, match="evidence 'EV-REC:s'"):
        replace(ITEM, **missing)


def test_an_item_of_no_kind_or_for_no_control_of_the_baseline_is_refused() -> None:
    """G01: controls are the baseline's."""
    assert of_baseline(shipped(), [ITEM]) == (ITEM,)
    with pytest.raises(ValueError, match="EV-NONE"):
        of_baseline(shipped(), [replace(ITEM, kind="EV-NONE")])
    with pytest.raises(ValueError, match="BC-99"):
        of_baseline(shipped(), [replace(ITEM, controls=("BC-17", "BC-99"))])


@pytest.mark.parametrize(
    ("trigger", "reaches"),
    [
        pytest.param(Trigger("x", AT + SECOND), True, id="everywhere, a second later"),
        pytest.param(Trigger("x", AT), False, id="at its own instant"),
        pytest.param(Trigger("x", AT - SECOND), False, id="before it was collected"),
        pytest.param(Trigger("x", AT + SECOND, zone="cell"), True, id="its zone"),
        pytest.param(Trigger("x", AT + SECOND, zone="yard"), False, id="another zone"),
        pytest.param(Trigger("x", AT + SECOND, vendor="other"), False, id="another vendor"),
        pytest.param(Trigger("x", AT + SECOND, session="s"), True, id="its session"),
        pytest.param(Trigger("x", AT + SECOND, session="t"), False, id="another session"),
    ],
)
def test_how_far_a_trigger_reaches(trigger: Trigger, reaches: bool) -> None:
    assert trigger.reaches(replace(ITEM, zone="cell", vendor="acme", session="s")) is reaches


def test_what_is_of_all_zones_counts_in_each() -> None:
    assert Span().holds("cell", "acme")
    assert Span("cell").holds("", "")
    assert Span("cell").holds("cell", "acme")
    assert not Span("cell").holds("yard", "")
    assert not Span("", "acme").holds("cell", "other")


def test_an_exception_touches_its_places_until_it_is_over() -> None:
    one = Deviation("ex", frozenset({"BC-28"}), AT, AT + SECOND, "o", "r", "c", frozenset({"cell"}), "acme")
    assert (one.holds(AT), one.holds(AT + SECOND), one.holds(AT - SECOND)) == (True, False, False)
    assert Span("cell", "acme").meets(one)
    assert Span().meets(one)
    assert not Span("yard").meets(one)
    assert not Span("cell", "other").meets(one)
    assert Span("yard").meets(replace(one, zones=None))
