import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from broker.people.provider_sign_ins import ProviderSignIns
from broker.people.sessions import ABSOLUTE
from domain.parties import Binding
from tests.clock import FrozenClock

ISSUER = "https://login.example"
ANA, BEN = Binding(ISSUER, "00u1"), Binding(ISSUER, "00u2")


@pytest.fixture
async def kept(engine: AsyncEngine, clock: FrozenClock) -> ProviderSignIns:
    made = ProviderSignIns(engine, clock)
    await made.keep("k1", ANA, "sid-1")
    await made.keep("k2", ANA, "sid-2")
    await made.keep("k3", BEN, "sid-3")
    await made.keep("k4", Binding("https://other.example", "00u1"), "sid-1")
    return made


@pytest.mark.parametrize(
    ("subject", "sid", "meant"),
    [
        pytest.param("00u1", "sid-1", ("k1",), id="one session"),
        pytest.param("", "sid-2", ("k2",), id="one session, nobody named"),
        pytest.param("00u1", "", ("k1", "k2"), id="all of one subject"),
        pytest.param("00u2", "sid-1", (), id="a session of somebody else"),
        pytest.param("", "", (), id="nobody"),
    ],
)
async def test_a_logout_means_one_session_or_all_of_one_subject_of_its_own_issuer(
    kept: ProviderSignIns, subject: str, sid: str, meant: tuple[str, ...]
) -> None:
    assert await kept.meant(ISSUER, subject, sid) == meant


async def test_what_is_older_than_any_sign_in_is_forgotten(kept: ProviderSignIns, clock: FrozenClock) -> None:
    clock.advance(ABSOLUTE + timedelta(seconds=1))
    await kept.keep("k5", ANA, "sid-5")
    assert await kept.meant(ISSUER, "00u1", "") == ("k5",)


async def test_a_logout_token_is_taken_once_though_it_comes_ten_times_at_once(
    kept: ProviderSignIns, clock: FrozenClock
) -> None:
    """A03: what was captured on its way can't be played again."""
    until_s = int(clock.now().timestamp()) + 330
    spent = await asyncio.gather(*(kept.spend(ISSUER, "jti-1", until_s) for _ in range(10)))
    assert spent.count(True) == 1
    assert not await kept.spend(ISSUER, "jti-1", until_s)
    assert await kept.spend(ISSUER, "jti-2", until_s)
    assert await kept.spend("https://other.example", "jti-1", until_s)


async def test_a_spent_token_is_remembered_until_it_is_too_old_to_be_taken(
    kept: ProviderSignIns, clock: FrozenClock
) -> None:
    until_s = int(clock.now().timestamp()) + 330
    assert await kept.spend(ISSUER, "jti-1", until_s)
    clock.advance(timedelta(seconds=329))
    assert not await kept.spend(ISSUER, "jti-1", until_s + 999)
