from dataclasses import replace
from datetime import timedelta

import pytest

from broker.console.guard import Visitor
from broker.console.requests.ways import begun, last_by, ways_for
from broker.console.roles import Role
from domain.access import Action, Grant, PassageKind
from domain.ids import ConduitId, PermitId, PersonId
from domain.window import TimeWindow
from tests.policies.plant import NOW, charter, permit

ZONE = "Europe/Amsterdam"


def visitor(person: str) -> Visitor:
    return Visitor(charter().people[PersonId(person)], frozenset({Role.VENDOR}), None)


@pytest.mark.parametrize(
    ("person", "keys"),
    [
        pytest.param(
            "ana",
            ["eng-ws-1/dmz-operations", "gateway-1/dmz-pumping", "plc-07/dmz-pumping"],
            id="each by its conduit",
        ),
        pytest.param("petra", [], id="who belongs to no vendor has none"),
    ],
)
def test_ways_are_those_of_the_vendor_s_contracts(person: str, keys: list[str]) -> None:
    assert sorted(one.key for one in ways_for(charter(), visitor(person), NOW)) == keys


WAY = next(one for one in ways_for(charter(), visitor("ana"), NOW) if one.asset.id == "eng-ws-1")


def test_choices_stand_in_the_order_in_which_they_are_read() -> None:
    assert WAY.actions == tuple(one for one in Action if one in WAY.conduit.actions)
    assert set(WAY.states) == WAY.conduit.states
    plc = next(one for one in ways_for(charter(), visitor("ana"), NOW) if one.asset.id == "plc-07")
    assert Grant(PassageKind.FORWARD, 5020) in plc.choices
    files = [str(one) for one in WAY.choices if one.kind is PassageKind.SFTP]
    assert files == ["sftp", "sftp:get", "sftp:put"]
    assert WAY.work[0] == Grant(PassageKind.SHELL)
    assert {*WAY.work, *(one for _, ones in WAY.files for one in ones)} == set(WAY.choices)
    assert [kind for kind, _ in WAY.files] == [PassageKind.SCP, PassageKind.SFTP]


def test_a_first_form_ticks_a_terminal_to_look_around_and_lasts_an_hour_from_now() -> None:
    form = begun(WAY, None, NOW, ZONE)
    assert form["for"] == "60"
    assert form.many("action") == ["view"]
    assert form.many("grant") == ["shell"]
    assert form["from"] < form["until"]


def test_a_later_form_is_like_the_last_one_but_no_longer_than_the_way_allows() -> None:
    long = TimeWindow(NOW, NOW + timedelta(days=3))
    last = replace(permit(), grants=frozenset({Grant(PassageKind.SHELL)}), window=long)
    form = begun(WAY, last, NOW, ZONE)
    assert form.many("grant") == ["shell"]
    assert form.many("action") == [one.value for one in WAY.actions if one in last.actions]
    short = begun(
        replace(WAY, conduit=replace(WAY.conduit, longest_window=timedelta(hours=1))), last, NOW, ZONE
    )
    assert short["until"] < form["until"]
    assert (form["for"], short["for"]) == ("480", "60")


def test_no_length_is_offered_that_the_conduit_is_not_open_for() -> None:
    hours = [one // timedelta(hours=1) for one in WAY.lengths]
    assert hours == [1, 2, 4, 8]
    brief = replace(WAY, conduit=replace(WAY.conduit, longest_window=timedelta(minutes=30)))
    assert brief.lengths == (timedelta(minutes=30),)
    assert begun(brief, None, NOW, ZONE)["for"] == "30"


def test_the_last_one_is_the_newest_by_the_same_way() -> None:
    old = permit()
    new = replace(old, id=PermitId("b" * 26), requested_at=old.requested_at + timedelta(hours=1))
    other = replace(new, id=PermitId("c" * 26), conduit=ConduitId("another"))
    assert last_by(WAY, [new, old, other]) == new
    assert last_by(WAY, []) is None
