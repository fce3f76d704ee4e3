"""A charter is tried dry: the decisions that it would change are told, and no others."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.access import Stated
from domain.errors import PenstockError
from domain.events import PermitRequested, RequestRefused, StateChanged, document
from domain.ids import PersonId, ZoneId
from domain.plant import OperatingState
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.charter.documents import read_charter
from policies.charter.impact import Flip, Impact, Past, Weighing, flips, pasts, wish_of
from tests.policies.plant import NOW, asking, charter, edited, permit, standing

LONG_AGO = NOW - timedelta(days=60)
STATES = dict.fromkeys(charter().zones, OperatingState.RUNNING)


def past(**changes: object) -> Past:
    request = asking(window=TimeWindow(LONG_AGO, LONG_AGO + timedelta(hours=4)), **changes)
    return Past(LONG_AGO, request, STATES, 7)


def changed(old: str, new: str, name: str = "conduits.toml") -> Charter:
    return read_charter(edited(name, old, new))


def test_a_wish_that_would_be_refused_now_is_told_with_its_leaf() -> None:
    """J14, S-46: a change is tried against what was really asked, before it takes effect."""
    shorter = changed('longest_window = "8h"', 'longest_window = "2h"')
    (flip,) = flips(charter(), shorter, [past()], [], NOW)
    assert (flip.leaf, flip.person, flip.after) == (7, "ana", "refused [window_too_long]")
    assert flip.before.startswith("asks petra or deniz under connect")
    assert "→ refused [window_too_long]" in flip.sentence()
    assert flip.document()["leaf"] == 7


def test_a_wish_that_was_refused_and_would_now_be_heard_is_told_too() -> None:
    """J14: relaxing shows as well as tightening."""
    longer = changed('longest_window = "8h"', 'longest_window = "12h"')
    wish = past()
    wide = replace(
        wish, request=replace(wish.request, window=TimeWindow(LONG_AGO, LONG_AGO + timedelta(hours=10)))
    )
    (flip,) = flips(charter(), longer, [wide], [], NOW)
    assert (flip.before, flip.after[:4]) == ("refused [window_too_long]", "asks")


def test_another_decider_is_another_decision() -> None:
    other = changed('deputy = "deniz"', 'deputy = "milo"', "rights.toml")
    (flip,) = flips(charter(), other, [past()], [], NOW)
    assert "deniz" in flip.before
    assert "milo" in flip.after


def test_what_the_change_does_not_touch_is_not_told() -> None:
    elsewhere = changed('longest_window = "12h"', 'longest_window = "1h"')
    assert list(flips(charter(), elsewhere, [past()], [standing()], NOW)) == []


def test_a_live_permit_that_would_open_nothing_any_more_is_told() -> None:
    """J14: today's permits go through the same engine."""
    without = changed('grants = ["shell", "exec", "sftp", "scp", "forward"]', 'grants = ["sftp", "scp"]')
    (flip,) = flips(charter(), without, [], [standing()], NOW)
    assert (flip.permit, flip.before) == (permit().id, "goes through")
    assert flip.after.startswith("refused [")


def requested(**changes: object) -> PermitRequested:
    wish = asking()
    assert wish.window is not None
    fields: dict[str, object] = {
        "at": NOW,
        "permit": permit().id,
        "digest": "00",
        "person": wish.person,
        "asset": wish.asset,
        "door": "console",
        "source": wish.source,
        "conduit": "dmz-operations",
        "passage": tuple(str(one) for one in wish.passage),
        "actions": tuple(sorted(wish.actions)),
        "window_from": wish.window.start,
        "window_until": wish.window.end,
        "tools": tuple(sorted(wish.tools)),
        "networks": tuple(sorted(wish.networks)),
        "stated": ("purpose", "work_order"),
    }
    return PermitRequested(**{**fields, **changes})  # type: ignore[arg-type]  # fields of the event


def test_a_leaf_holds_enough_to_judge_the_wish_again() -> None:
    wish = wish_of(document(requested()))
    assert wish is not None
    made = asking()
    assert (wish.person, wish.passage, wish.actions, wish.window) == (
        made.person,
        made.passage,
        made.actions,
        made.window,
    )
    assert wish.stated == Stated("stated", "stated")
    refused = RequestRefused(
        at=NOW, person="ana", asset="x", door="ssh", source="local", code="c", sentence="s"
    )
    assert wish_of(document(refused)) is None
    assert wish_of(document(requested(passage=("telnet",)))) is None


def test_wishes_are_read_with_the_states_of_their_time() -> None:
    def state(zone: str, after: str) -> dict[str, object]:
        return dict(document(StateChanged(at=NOW, zone=zone, before="", after=after, by="milo")))

    old = requested(at=NOW - timedelta(days=91))
    events = [
        state("pumping", "running"),
        document(old),
        document(requested()),
        state("pumping", "maintenance"),
    ]
    events.append(document(requested(person=PersonId("ben"))))
    found = list(pasts(enumerate(events), NOW - timedelta(days=90)))
    assert [(one.leaf, one.request.person) for one in found] == [(2, "ana"), (4, "ben")]
    assert [one.states[ZoneId("pumping")] for one in found] == [
        OperatingState.RUNNING,
        OperatingState.MAINTENANCE,
    ]


IMPACT = Impact(
    bytes(32), b"n" * 32, NOW, 90, 2, 1,
    (Flip(NOW, "ana", "eng-ws-1", "shell to view", "goes through", "refused [x]", leaf=7),
     Flip(NOW, "ana", "eng-ws-1", "shell to view", "goes through", "refused [x]", permit="a" * 26)),
)  # fmt: skip


def test_an_impact_reads_back_from_its_bytes_and_from_no_others() -> None:
    """S-46: its digest is what signers sign and the ledger cites."""
    assert Impact.of(IMPACT.canonical()) == IMPACT
    assert replace(IMPACT, flips=()).digest() != IMPACT.digest()
    assert "2 decisions would change" in IMPACT.line()


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", IMPACT.canonical() + b" ", IMPACT.canonical().replace(b'"days":90', b'"days":true'),
     IMPACT.canonical().replace(b'"flips":[', b'"flips":[7,'), IMPACT.canonical().replace(b"impact/1", b"impact/2"),
     IMPACT.canonical().replace(b'"at":', b'"and":1,"at":', 1)],
)  # fmt: skip
def test_what_is_no_impact_is_called_so(data: bytes) -> None:
    with pytest.raises(PenstockError):
        Impact.of(data)


def test_work_in_steps_finds_what_it_finds_at_once() -> None:
    """J14: however long it takes, and whoever looks on."""
    size = 3 * Weighing.EVENTS_AT_ONCE
    events = [(index, {"event": "SessionOpened"}) for index in range(size)]
    work = Weighing(charter(), charter(), events, size, (), NOW)
    steps = [work.share for _ in work]
    assert steps == sorted(steps)
    assert len(steps) == 3
    assert (work.share, work.impact) == (1.0, Weighing(charter(), charter(), events, size, (), NOW).whole())
