import pytest

from domain.permit import PermitState
from tests.broker.console.house import House


async def test_a_refusal_carries_its_reason_to_the_vendor(house: House) -> None:
    permit = await house.ask()
    async with await house.sign_in("petra") as petra, await house.sign_in("ana") as ana:
        answer = await petra.post(
            f"/permits/{permit.id}/refuse", data={"reason": "The pump  runs\n until Friday"}
        )
        assert answer.status_code == 303
        page = (await ana.get(f"/permits/{permit.id}")).text
        assert "The pump runs until Friday" in page


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501, "a\u202eb"], ids=ascii)
async def test_a_decision_needs_a_reason_that_can_be_read(house: House, reason: str) -> None:
    permit = await house.ask()
    async with await house.sign_in("petra") as petra:
        for verb in ("refuse", "revoke"):
            assert (
                await petra.post(f"/permits/{permit.id}/{verb}", data={"reason": reason})
            ).status_code == 422
    assert all(one["do"] == "show" for one in house.watch.heard)


@pytest.mark.parametrize(
    ("form", "status"),
    [
        pytest.param({"grant": ["shell"], "until": "2026-03-02T11:00"}, 303, id="fewer passages"),
        pytest.param({"grant": ["shell", "sftp"], "until": "2026-03-02T10:30"}, 303, id="shorter"),
        pytest.param({"grant": ["shell", "sftp"], "until": "2026-03-02T11:00"}, 409, id="the same"),
        pytest.param({"grant": ["shell", "sftp"], "until": "2026-03-02T23:00"}, 409, id="longer is the same"),
        pytest.param({"grant": ["exec"], "until": "2026-03-02T11:00"}, 422, id="another passage"),
        pytest.param({"grant": [], "until": "2026-03-02T11:00"}, 422, id="nothing left"),
        pytest.param({"grant": ["shell"], "until": "2026-03-02T08:00"}, 422, id="ends before it begins"),
        pytest.param({"grant": ["root"], "until": "2026-03-02T11:00"}, 422, id="no passage at all"),
    ],
)
async def test_narrowing_only_ever_takes_away(house: House, form: dict[str, object], status: int) -> None:
    permit = await house.ask()
    async with await house.sign_in("petra") as petra:
        answer = await petra.post(f"/permits/{permit.id}/narrow", data=form)
        assert answer.status_code == status, answer.text
    filed = await house.approvals.filed(permit.id)
    assert filed is not None
    assert filed.state is (PermitState.NARROWED if status == 303 else PermitState.REQUESTED)
    if status == 303:
        (new,) = await house.approvals.pending()
        assert new.permit.narrows == permit.id
        assert new.permit.grants <= permit.grants
        assert permit.window.covers(new.permit.window)


async def test_a_revocation_reaches_the_watchdog_before_the_database(house: House) -> None:
    permit = await house.ask()
    async with await house.sign_in("petra") as petra:
        answer = await petra.post(f"/permits/{permit.id}/revoke", data={"reason": "The shift needs it"})
        assert answer.status_code == 303
    assert permit.id in house.watch.interlocks.revoked
    filed = await house.approvals.filed(permit.id)
    assert filed is not None
    assert filed.state is PermitState.REVOKED


async def test_a_revocation_bites_though_the_ledger_is_gone(house: House) -> None:
    permit = await house.ask()
    async with await house.sign_in("petra") as petra:
        house.ledger.failing = True
        answer = await petra.post(f"/permits/{permit.id}/revoke", data={"reason": "Now"})
        assert answer.status_code == 503
    assert permit.id in house.watch.interlocks.revoked


async def test_abuse_38_only_who_asked_withdraws(house: House) -> None:
    permit = await house.ask("ana")
    async with await house.sign_in("ben") as ben, await house.sign_in("ana") as ana:
        assert (await ben.post(f"/permits/{permit.id}/withdraw", data={})).status_code == 404
        assert (await ana.post(f"/permits/{permit.id}/withdraw", data={})).status_code == 303
        late = await ana.post(f"/permits/{permit.id}/withdraw", data={})
        assert late.status_code == 409
