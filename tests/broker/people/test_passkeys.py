from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from broker.people.passkeys import MOST_PENDING, PendingPasskeys, fingerprint
from domain.ids import PersonId
from tests.clock import FrozenClock

ANA = PersonId("ana")


async def test_a_pending_passkey_comes_back_as_it_was(engine: AsyncEngine, clock: FrozenClock) -> None:
    pending = PendingPasskeys(engine, clock)
    added = await pending.add(ANA, b"credential", b"key", "my telephone", backup_eligible=True)
    assert await pending.of(ANA) == (added,)
    assert added.registered_at == clock.now()
    assert await pending.of(PersonId("ben")) == ()


async def test_only_its_owner_discards_it(engine: AsyncEngine, clock: FrozenClock) -> None:
    pending = PendingPasskeys(engine, clock)
    added = await pending.add(ANA, b"credential", b"key", "my telephone", backup_eligible=False)
    assert not await pending.discard(PersonId("ben"), added.id)
    assert await pending.discard(ANA, added.id)
    assert not await pending.discard(ANA, added.id)


async def test_the_oldest_of_too_many_gives_way(engine: AsyncEngine, clock: FrozenClock) -> None:
    pending = PendingPasskeys(engine, clock)
    for number in range(MOST_PENDING + 2):
        await pending.add(ANA, b"%d" % number, b"key %d" % number, f"key {number}", backup_eligible=False)
        clock.advance(timedelta(seconds=1))
    assert [one.label for one in await pending.of(ANA)] == [f"key {number}" for number in (6, 5, 4, 3, 2)]


@given(st.binary(max_size=8), st.binary(max_size=8), st.binary(max_size=8), st.binary(max_size=8))
def test_two_different_keys_have_two_fingerprints(a: bytes, b: bytes, c: bytes, d: bytes) -> None:
    assert (fingerprint(a, b) == fingerprint(c, d)) is ((a, b) == (c, d))


def test_a_fingerprint_can_be_read_over_the_telephone() -> None:
    groups = fingerprint(b"credential", b"key").split("-")
    assert [len(group) for group in groups] == [5, 5, 5, 5]
    assert all((group.isalnum() and group.islower()) or group.isdigit() for group in groups)
