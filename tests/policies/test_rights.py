from datetime import datetime

import pytest

from domain.ids import AssetId, ConduitId, PersonId
from domain.rights import DecisionRight
from policies.rights import deciders, may_decide_now, required_rights
from tests.policies.plant import CONTRACT_ENDS, MICRO, NOW, charter

STATION, WAY = AssetId("eng-ws-1"), ConduitId("dmz-operations")


@pytest.mark.parametrize(
    ("person", "requester", "at", "expected"),
    [
        pytest.param("petra", "ana", NOW, True, id="the holder"),
        pytest.param("deniz", "ana", NOW, True, id="the deputy"),
        pytest.param("olga", "ana", NOW, False, id="who wrote the charter"),
        pytest.param("iris", "ana", NOW, False, id="the auditor"),
        pytest.param("petra", "petra", NOW, False, id="the holder's own wish"),
        pytest.param("ben", "ana", NOW, False, id="a vendor's person"),
        pytest.param("nobody", "ana", NOW, False, id="a stranger"),
        pytest.param("petra", "ana", CONTRACT_ENDS - MICRO, True, id="the last instant"),
        pytest.param("petra", "ana", CONTRACT_ENDS, False, id="the closing instant"),
    ],
)
def test_who_may_decide_now(person: str, requester: str, at: datetime, expected: bool) -> None:  # row: B02
    may = may_decide_now(
        charter(), DecisionRight.CONNECT, PersonId(person),
        asset=STATION, conduit=WAY, requester=PersonId(requester), at=at,
    )  # fmt: skip
    assert may is expected


@pytest.mark.parametrize(
    ("requester", "at", "expected"),
    [
        pytest.param("ana", NOW, ("petra", "deniz"), id="holder, then deputy"),
        pytest.param("petra", NOW, ("deniz",), id="never one's own"),
        pytest.param("ana", CONTRACT_ENDS, (), id="nobody once it is void"),
    ],
)
def test_those_who_may_decide_are_named_in_order(
    requester: str, at: datetime, expected: tuple[str, ...]
) -> None:
    found = deciders(
        charter(), DecisionRight.CONNECT, asset=STATION, conduit=WAY, requester=PersonId(requester), at=at
    )
    assert found == expected


def test_every_way_that_is_written_down_requires_the_right_to_connect() -> None:
    for conduit in charter().conduits.values():
        for asset in charter().assets.values():
            if asset.zone == conduit.destination:
                assert DecisionRight.CONNECT in required_rights(charter(), asset.id, conduit.id)


@pytest.mark.parametrize(("asset", "conduit"), [("nothing", WAY), (STATION, "nothing")])
def test_a_way_that_is_not_written_down_has_no_required_rights_to_be_complete_with(
    asset: str, conduit: str
) -> None:
    with pytest.raises(ValueError, match="written down"):
        required_rights(charter(), AssetId(asset), ConduitId(conduit))
