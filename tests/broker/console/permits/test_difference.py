from dataclasses import replace
from datetime import timedelta

import pytest

from approvals.filed import Filed
from broker.console.permits.difference import differences, last_approved
from domain.access import Action, Grant
from domain.ids import AssetId, PermitId, PersonId
from domain.permit import Permit, PermitState
from domain.window import TimeWindow
from tests.policies.plant import NOW, permit

OLD = permit()
LONGER = TimeWindow(OLD.window.start, OLD.window.end + timedelta(hours=1))


@pytest.mark.parametrize(
    ("new", "said"),
    [
        pytest.param(OLD, (), id="nothing"),
        pytest.param(
            replace(OLD, grants=frozenset(map(Grant.of, ("shell", "sftp")))),
            ("now also: File transfer (sftp)",),
            id="more",
        ),
        pytest.param(replace(OLD, actions=frozenset({Action.VIEW})), ("no longer: Operate",), id="less"),
        pytest.param(replace(OLD, window=LONGER), ("longer by 1 h",), id="longer"),
        pytest.param(
            replace(OLD, work_order=""), ("another work order: none, not WO-4711",), id="work order"
        ),
        pytest.param(
            replace(OLD, conduit="x-y"), ("another conduit: x-y, not dmz-operations",), id="conduit"
        ),
    ],
)
def test_abuse_12_a_small_change_is_said_aloud(new: Permit, said: tuple[str, ...]) -> None:
    assert differences(OLD, new) == said


def filed(one: Permit, state: PermitState) -> Filed:
    return Filed(one, state, 1, (), (), NOW, "console")


def test_the_last_one_is_the_newest_that_somebody_approved_for_the_same_person_and_asset() -> None:
    new = replace(OLD, id=PermitId("n" * 26))
    second = replace(OLD, id=PermitId("b" * 26), requested_at=OLD.requested_at - timedelta(hours=1))
    first = replace(second, id=PermitId("c" * 26), requested_at=OLD.requested_at - timedelta(days=1))
    others = [
        filed(replace(second, id=PermitId("d" * 26), person=PersonId("ben")), PermitState.COMPLETED),
        filed(replace(second, id=PermitId("e" * 26), asset=AssetId("plc-07")), PermitState.COMPLETED),
        filed(replace(OLD, id=PermitId("f" * 26)), PermitState.REFUSED),
        filed(new, PermitState.APPROVED),
    ]
    assert last_approved(new, others) is None
    found = last_approved(
        new, [*others, filed(first, PermitState.COMPLETED), filed(second, PermitState.ACTIVE)]
    )
    assert found == second
