"""Of whom a directory may speak, and what its word takes away. No word of it gives anything."""

from dataclasses import replace
from datetime import timedelta

import pytest

from broker.console.scim.leaving import is_in, speaks_of, take_away
from broker.watchdog.interlocks import Interlocks, Isolate, Notice, apply
from domain.errors import PeerError
from domain.ids import PersonId
from domain.parties import Leaving, LeavingKind
from domain.permit import PermitState
from tests.broker.console.house import House
from tests.policies.plant import NOW, charter, charter_with

ANA, BEN, PETRA = (charter().people[PersonId(one)] for one in ("ana", "ben", "petra"))
BY = "directory:4f0c6e1a9b2d7735"


@pytest.mark.parametrize(
    ("speaker", "may"),
    [("olga", True), ("petra", True), ("milo", False), ("sven", False), ("ana", False), ("nobody", False)],
)
def test_whoever_would_decide_that_somebody_comes_back_may_say_that_they_go(speaker: str, may: bool) -> None:
    for person in (ANA, PETRA):
        assert speaks_of(charter(), PersonId(speaker), person, NOW) is may


def test_a_right_that_has_ended_speaks_of_nobody() -> None:
    ended = tuple(one for one in charter().holdings if str(one.right) != "identity")
    assert not speaks_of(charter_with(holdings=ended), PersonId("olga"), ANA, NOW)


def test_who_is_in_is_what_charter_and_watchdog_say() -> None:
    assert is_in(ANA, Interlocks(), NOW)
    assert not is_in(ANA, apply(Interlocks(), Isolate("person:ana", "x", "")), NOW)
    noticed = apply(Interlocks(), Notice(ANA.id, NOW, "x", ""))
    assert not is_in(ANA, noticed, NOW)
    assert is_in(ANA, noticed, NOW - timedelta(microseconds=1))
    gone = replace(ANA, leaving=Leaving(LeavingKind.TERMINATED, NOW, NOW))
    assert not is_in(gone, Interlocks(), NOW)
    assert not is_in(replace(ANA, high_risk=True), Interlocks(), NOW)


async def test_a_vendor_s_person_is_out_at_once_with_all_that_was_theirs(house: House) -> None:
    """I01, I04: notice with the watchdog, sign-ins, tokens and permits, in one act."""
    permit = await house.ask("ana")
    await house.bearer("ana")
    async with await house.sign_in("ana") as ana, await house.sign_in("petra") as petra:
        await take_away(house.desk, ANA, BY)
        assert (await ana.get("/permits")).status_code == 401
        assert (await petra.get("/queue")).status_code == 200
    assert house.watch.interlocks.leaving[ANA.id] == house.clock.now().replace(microsecond=0)
    assert await house.desk.tokens.of(ANA.id) == ()
    filed = await house.approvals.filed(permit.id)
    assert filed is not None
    assert filed.state is PermitState.REVOKED
    (told,) = house.events("SignedOut")
    assert (told["person"], told["by"]) == ("ana", BY)
    assert house.events("TokenEnded")[0]["by"] == BY
    await take_away(house.desk, ANA, BY)
    assert len(house.events("SignedOut")) == 1, "safe to repeat"


async def test_of_the_plant_s_own_it_takes_what_the_corporate_side_could_give(house: House) -> None:
    """S-31: their keys in the trust file, and the way in by them, are the plant's."""
    device = house.enrol("petra")
    async with await house.sign_in("petra") as petra:
        await take_away(house.desk, PETRA, BY)
        assert (await petra.get("/queue")).status_code == 401
    assert "person:petra" in house.watch.interlocks.isolated
    assert house.watch.interlocks.leaving == {}
    assert house.trust.owner(next(iter(house.trust.passkeys[PETRA.id])).credential_id) == "petra"
    assert device
    async with await house.sign_in("petra") as again:
        assert (await again.get("/queue")).status_code == 200


async def test_a_watchdog_that_is_gone_leaves_no_sign_in_behind(house: House) -> None:
    house.watch.gone = True
    async with await house.sign_in("ana") as ana:
        with pytest.raises(PeerError):
            await take_away(house.desk, ANA, BY)
        assert (await ana.get("/permits")).status_code == 401


async def test_a_ledger_that_is_gone_keeps_nobody_in(house: House) -> None:
    async with await house.sign_in("ana") as ana:
        house.ledger.failing = True
        await take_away(house.desk, ANA, BY)
        assert (await ana.get("/permits")).status_code == 401
    assert ANA.id in house.watch.interlocks.leaving
