"""Signs of workarounds (J13): each pattern, just before and just after it is one, and who owns the finding."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import Json, instant_text
from domain.rights import DecisionRight
from policies.workarounds import GAP, LOOK_BACK, SOON, Workaround, workarounds
from tests.policies.plant import NOW, charter, charter_with

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def event(name: str, at: datetime, **fields: Json) -> dict[str, Json]:
    return {"event": name, "at": instant_text(at), **fields}


def broken(at: datetime, boundary: str = "riverside") -> dict[str, Json]:
    return event("GlassBroken", at, boundary=boundary)


def refused(at: datetime, person: str = "ana", asset: str = "eng-ws-1") -> dict[str, Json]:
    return event("RequestRefused", at, person=person, asset=asset)


def opened(at: datetime, permit: str = "p", asset: str = "hmi-1", for_: timedelta = HOUR) -> dict[str, Json]:
    until = instant_text(at + for_)
    return event("SessionOpened", at, person="ana", asset=asset, permit=permit, deadline=until)


def asked(at: datetime, permit: str, asset: str = "eng-ws-1") -> dict[str, Json]:
    return event("PermitRequested", at, person="ana", asset=asset, permit=permit)


def no(at: datetime, permit: str) -> dict[str, Json]:
    return event("PermitChanged", at, permit=permit, after="refused")


def found(*events: dict[str, Json]) -> dict[str, Workaround]:
    ordered = sorted(events, key=lambda one: str(one["at"]))
    return {one.code: one for one in workarounds(charter(), ordered, NOW)}


def test_the_glass_broken_twice_in_a_month_is_a_finding_of_the_holder_j13() -> None:
    """J13: repeated break-glass, with an owner."""
    one = found(broken(NOW - 2 * HOUR), broken(NOW - HOUR))["repeated_break_glass"]
    assert (one.owner, one.times, one.subject, one.last) == ("petra", 2, "riverside", NOW - HOUR)
    assert found(broken(NOW - HOUR)) == {}
    assert found(broken(NOW - HOUR), broken(NOW - 2 * HOUR, "pumping")) == {}
    assert found(broken(NOW - LOOK_BACK - SECOND), broken(NOW - HOUR)) == {}


@pytest.mark.parametrize(
    ("events", "seen"),
    [
        pytest.param(
            [refused(NOW - SOON), opened(NOW)], True, id="within a day, at another machine of the zone"
        ),
        pytest.param([refused(NOW - SOON - SECOND), opened(NOW)], False, id="a second later"),
        pytest.param([refused(NOW - HOUR), opened(NOW, asset="eng-ws-1")], False, id="at the same machine"),
        pytest.param([refused(NOW - HOUR), opened(NOW, asset="plc-07")], False, id="in another zone"),
        pytest.param([refused(NOW - HOUR, "ben"), opened(NOW)], False, id="somebody else"),
        pytest.param([opened(NOW - HOUR), refused(NOW)], False, id="the other way round"),
    ],
)
def test_refused_here_and_in_over_there_is_a_finding_j13(events: list[dict[str, Json]], seen: bool) -> None:
    """J13: denied, then another path."""
    assert ("denied_then_other_path" in found(*events)) is seen


@pytest.mark.parametrize(
    ("gap", "seen"),
    [pytest.param(GAP, True, id="hardly a break"), pytest.param(GAP + SECOND, False, id="a break")],
)
def test_one_permit_after_the_other_is_a_finding_j13(gap: timedelta, seen: bool) -> None:
    """J13: recurring extension."""
    start = NOW - 10 * HOUR
    visits = [opened(start + number * (HOUR + gap), f"p{number}") for number in range(3)]
    assert ("recurring_extension" in found(*visits)) is seen
    assert "recurring_extension" not in found(*visits[:2])
    same = [opened(start + number * HOUR, "p0") for number in range(5)]
    assert "recurring_extension" not in found(*same)


def test_asking_again_on_the_day_of_a_no_is_a_finding_j13() -> None:
    """J13: same-day re-request, by the plant's own calendar."""
    first = [asked(NOW - 3 * HOUR, "p1"), no(NOW - 2 * HOUR, "p1")]
    one = found(*first, asked(NOW - HOUR, "p2"))["same_day_re_request"]
    assert (one.owner, one.times, one.subject) == ("petra", 1, "ana at eng-ws-1")
    yesterday = [asked(NOW - 27 * HOUR, "p1"), no(NOW - 26 * HOUR, "p1")]
    assert found(*yesterday, asked(NOW - HOUR, "p2")) == {}
    assert found(*first, asked(NOW - HOUR, "p2", "hmi-1")) == {}
    assert found(no(NOW - HOUR, "unknown")) == {}


def test_where_nobody_holds_the_boundary_the_executive_owns_the_finding_j13() -> None:
    """J13, J16: a finding without an owner is impossible while the charter names an executive."""
    held = tuple(one for one in charter().holdings if one.right is not DecisionRight.CONNECT)
    bare = charter_with(holdings=held)
    twice = [broken(NOW - 2 * HOUR), broken(NOW - HOUR)]
    assert workarounds(bare, twice, NOW)[0].owner == charter().escalation.executive == "nora"
    gone = [opened(NOW - (10 - 2 * number) * HOUR, f"p{number}", "gone") for number in range(3)]
    assert workarounds(charter(), gone, NOW)[0].owner == "nora"


EVENTS = st.one_of(
    st.builds(broken, st.datetimes(NOW.replace(tzinfo=None) - 2 * LOOK_BACK, NOW.replace(tzinfo=None)).map(lambda one: one.replace(tzinfo=NOW.tzinfo)), st.sampled_from(["riverside", "pumping", "gone"])),
    st.builds(refused, st.timedeltas(timedelta(), LOOK_BACK).map(lambda one: NOW - one), st.sampled_from(["ana", "ben"]), st.sampled_from(["eng-ws-1", "hmi-1", "gone"])),
    st.builds(opened, st.timedeltas(timedelta(), LOOK_BACK).map(lambda one: NOW - one), st.sampled_from(["p", "q", "r"]), st.sampled_from(["eng-ws-1", "hmi-1", "gone"])),
)  # fmt: skip


@given(st.lists(EVENTS, max_size=30))
def test_whatever_happened_every_finding_has_an_owner_and_none_is_there_twice_j13(
    events: list[dict[str, Json]],
) -> None:
    """J13: findings with an owner."""
    ordered = sorted(events, key=lambda one: str(one["at"]))
    all_of_it = workarounds(charter(), ordered, NOW)
    assert all(one.owner in charter().people for one in all_of_it)
    assert len({(one.code, one.subject) for one in all_of_it}) == len(all_of_it)
