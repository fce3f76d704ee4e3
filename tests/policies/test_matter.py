from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from domain.access import Action, Grant
from domain.ids import AssetId, ConduitId, PermitId, PersonId
from domain.permit import PermitState
from domain.window import TimeWindow
from policies.facts import Standing
from policies.matter import covers, endpoint_for, matter_of, passages_of
from tests.for_each import for_each
from tests.policies.plant import (
    CLOSES,
    NOW,
    SECOND,
    SHELL,
    asking,
    charter,
    charter_with,
    facts,
    permit,
    standing,
    wanting,
)

A, B, C = (PermitId(each * 26) for each in "abc")
LATER = TimeWindow(CLOSES, CLOSES + timedelta(hours=9))
LONGER = TimeWindow(NOW - SECOND, CLOSES + SECOND)
OVER = TimeWindow(NOW - SECOND, NOW)
SFTP = frozenset({Grant.of("sftp")})
WAITS = PermitState.REQUESTED


@for_each(
    ("standings", "expected"),
    [
        pytest.param((), None, id="none"),
        pytest.param((standing(id=A),), A, id="one"),
        pytest.param((standing(id=A), standing(id=B, window=LONGER)), B, id="of two that open, the one that ends later"),
        pytest.param((standing(id=B), standing(id=A)), A, id="of two alike, the smaller id"),
        pytest.param((standing(id=A), standing(id=B, window=LATER)), A, id="one that opens now before tomorrow's"),
        pytest.param((standing(id=A), standing(WAITS, (), id=B, window=LATER)), A, id="one that opens before one that waits"),
        pytest.param((standing(id=A, window=OVER), standing(WAITS, (), id=B)), B, id="one that waits before one that is over"),
        pytest.param((standing(id=A, grants=SFTP), standing(WAITS, (), id=B)), B, id="one that waits and fits before one that does not"),
        pytest.param((standing(id=A, grants=SFTP), standing(WAITS, (), id=B, grants=SFTP)), A, id="of two that do not fit, the approved one"),
        pytest.param((standing(PermitState.ACTIVE, id=A), standing(id=B)), A, id="active and approved are alike"),
        pytest.param((standing(PermitState.REFUSED, id=A, window=LONGER), standing(WAITS, (), id=B)), B, id="one that waits before a refused one"),
        pytest.param((standing(PermitState.REFUSED, id=A), standing(PermitState.LAPSED, id=B, window=LONGER)), B, id="of two that are closed, the later"),
        pytest.param((standing(id=C, window=LONGER), standing(id=A)), A, id="one that is revoked comes last"),
        pytest.param((standing(id=A, person=PersonId("ben")),), None, id="somebody else's"),
        pytest.param((standing(id=A, asset=AssetId("plc-07")),), None, id="for another asset"),
    ],
)  # fmt: skip
def test_the_permit_to_go_through_on_is_the_same_every_time(
    standings: tuple[Standing, ...], expected: PermitId | None
) -> None:
    for order in permutations(standings):
        found = matter_of(wanting(), charter(), order, {C}, NOW).standing
        assert (found.permit.id if found else None) == expected


def test_a_pinned_permit_is_taken_even_when_another_would_open() -> None:
    found = matter_of(wanting(permit=B), charter(), (standing(id=A), standing(id=B, window=OVER)), (), NOW)
    assert found.standing is not None
    assert found.standing.permit.id == B


def test_a_pinned_conduit_leaves_out_permits_over_others() -> None:
    found = matter_of(wanting(conduit=ConduitId("office-dmz")), charter(), (standing(),), (), NOW)
    assert found.standing is None


def test_while_asking_no_permit_is_looked_at() -> None:
    assert facts().matter(asking()).standing is None


def test_at_the_door_unstated_actions_are_those_of_the_permit() -> None:
    assert facts().matter(wanting(actions=frozenset())).actions == {Action.VIEW, Action.OPERATE}
    assert facts().matter(wanting(actions=frozenset({Action.VIEW}))).actions == {Action.VIEW}


def test_of_several_conduits_the_one_that_fits_is_taken_and_else_the_first() -> None:
    old = charter().conduits["dmz-operations"]
    files = replace(old, id=ConduitId("a-files"), grants=SFTP, longest_window=timedelta(hours=1))
    both = charter_with(conduits={**charter().conduits, files.id: files})
    assert matter_of(asking(), both, (), (), NOW).conduit is old
    short = asking((Grant.of("sftp"),), window=TimeWindow(NOW, NOW + timedelta(hours=1)))
    assert matter_of(short, both, (), (), NOW).conduit is files
    assert matter_of(asking((Grant.of("sftp"),)), both, (), (), NOW).conduit is old


@pytest.mark.parametrize(
    ("granted", "wanted", "asset", "expected"),
    [
        pytest.param("shell", "shell", "eng-ws-1", True, id="the same"),
        pytest.param("shell", "exec", "eng-ws-1", False, id="a shell is no exec"),
        pytest.param("forward:5020", "forward:5020", "plc-07", True, id="the same port"),
        pytest.param("forward:5020", "forward:5021", "plc-07", False, id="another port"),
        pytest.param("forward", "forward:5020", "plc-07", True, id="any of the asset's own ports"),
        pytest.param("forward", "forward:5021", "plc-07", False, id="a port that is not the asset's"),
        pytest.param("forward:5020", "forward", "plc-07", False, id="one port is not every port"),
        pytest.param("forward", "shell", "plc-07", False, id="a forward is no shell"),
        pytest.param("forward", "forward:5020", None, False, id="no asset"),
        pytest.param("sftp", "sftp:get", None, True, id="one direction of both"),
        pytest.param("sftp:get", "sftp", None, False, id="both directions of one"),
        pytest.param("sftp:get", "sftp:put", None, False, id="the other direction"),
        pytest.param("scp", "sftp:get", None, False, id="another way of moving files"),
    ],
)
def test_a_grant_covers_what_it_says(granted: str, wanted: str, asset: str | None, expected: bool) -> None:
    thing = charter().assets.get(AssetId(asset)) if asset else None
    assert covers({Grant.of(granted)}, Grant.of(wanted), thing) is expected


def test_at_the_door_sftp_begins_by_either_direction_and_nothing_else_does() -> None:
    get, scp = Grant.of("sftp:get"), Grant.of("scp:put")
    assert covers({get}, Grant.of("sftp"), None, through=True)
    assert not covers({scp}, Grant.of("sftp"), None, through=True)
    assert not covers({scp}, Grant.of("scp:get"), None, through=True)


def test_a_passage_leads_to_the_ssh_endpoint_or_to_the_port_it_names() -> None:
    station, controller = charter().assets["eng-ws-1"], charter().assets["plc-07"]
    assert endpoint_for(SHELL, station) is station.endpoints[0]
    assert endpoint_for(SHELL, controller) is None
    assert endpoint_for(Grant.of("forward:5020"), controller) is controller.endpoints[0]
    assert endpoint_for(Grant.of("forward:22"), controller) is None


@for_each(
    ("grants", "passages"),
    [
        (["forward"], ["forward:5020"]),
        (["forward", "shell"], ["shell", "forward:5020"]),
        (["forward:5020"], ["forward:5020"]),
        (["shell", "sftp:get"], ["shell", "sftp:get"]),
    ],
)
def test_a_permits_forward_is_asked_for_port_by_port(grants: list[str], passages: list[str]) -> None:
    asset, way = charter().assets[AssetId("plc-07")], charter().conduits[ConduitId("dmz-pumping")]
    held = replace(permit(), grants=frozenset(map(Grant.of, grants)))
    assert set(passages_of(held, asset, way)) == set(map(Grant.of, passages))
    without = set(map(Grant.of, grants)) - {Grant.of("forward")}
    assert set(passages_of(held, None, way)) == set(passages_of(held, asset, None)) == without
