"""F12: evidence before effect, at every point at which a process can die between the two."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from approvals.trust import Trust
from broker.evidence.erasing import Erasing, destroy, elsewhere
from domain.errors import DecisionError, EvidenceError, ProofError
from domain.events import HoldSet
from domain.keeping import Deed
from recorder.stores.local import LocalStore
from recorder.stores.memory import MemoryStore
from recorder.stores.store import EvidenceStore
from tests.broker.console.evidence.test_keeping import SUBJECT, asked, begun, signs
from tests.broker.console.house import SESSION, House, house_at
from tests.clock import FrozenClock


@pytest.fixture
async def house(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[House]:
    async with house_at(tmp_path, clock) as one:
        yield one


class Gate:
    """What a gate has of this house."""

    def __init__(self, house: House, store: EvidenceStore | None = None) -> None:
        assert house.desk.parts.keeping is not None
        self.house = house
        self.desk = house.desk.parts.keeping
        self.store = store or house.store

    def erasing(self) -> Erasing:
        return Erasing(
            self.desk,
            self.store,
            self.house.ledger,
            self.house.log,
            self.house.clock,
            self.house.ledger.prune,
        )


async def agreed(house: House, deed: str = "erase") -> str:
    """Two persons signed; the gate was gone, so nothing is destroyed yet."""

    async def gone(_ask: str) -> None:
        raise DecisionError("The gate does not answer.", code="not_erased")

    object.__setattr__(house.desk.parts, "erase", gone)
    await begun(house)
    await signs(house, "iris", deed=deed)
    assert (await signs(house, "petra", ask=asked(house))).status_code == 409
    assert len(house.events("KeepingAgreed")) == 1
    assert house.events("EvidenceErased") == []
    return asked(house)


@pytest.mark.parametrize("deed", ["erase", "remove"])
async def test_what_was_signed_and_not_done_is_done_at_the_next_start(house: House, deed: str) -> None:
    await agreed(house, deed)
    await Gate(house).erasing().finish()
    (gone,) = house.events("EvidenceErased")
    assert gone["deed"] == deed
    with pytest.raises(EvidenceError):
        house.store.read_key(SESSION)
    await Gate(house).erasing().finish()
    assert len(house.events("EvidenceErased")) == 1


@pytest.mark.parametrize("deed", [Deed.ERASE, Deed.REMOVE])
async def test_a_gate_that_died_before_the_tombstone_writes_it_at_its_next_start(
    house: House, deed: Deed
) -> None:
    ask = await agreed(house, str(deed))
    house.ledger.failing = True
    with pytest.raises(EvidenceError):
        await Gate(house).erasing().erase(ask)
    house.ledger.failing = False
    with pytest.raises(EvidenceError):
        house.store.read_key(SESSION)
    assert house.events("EvidenceErased") == []
    await Gate(house).erasing().finish()
    assert len(house.events("EvidenceErased")) == 1


async def test_nothing_is_done_twice_and_nothing_that_nobody_signed(house: House) -> None:
    ask = await agreed(house)
    await Gate(house).erasing().erase(ask)
    for other in (ask, "ab" * 32):
        with pytest.raises(DecisionError) as caught:
            await Gate(house).erasing().erase(other)
        assert caught.value.code == "no_such_ask"


async def test_the_gate_believes_the_signatures_and_not_the_leaf(house: House) -> None:
    """An edited ledger text is found by its leaf; a console that lies is found by the keys."""
    ask = await agreed(house)
    trust = house.trust
    house.trust = Trust(trust.rp_id, trust.origins)
    with pytest.raises(ProofError):
        await Gate(house).erasing().erase(ask)
    await Gate(house).erasing().finish()
    assert house.store.read_key(SESSION)
    assert house.events("EvidenceErased") == []


async def test_a_hold_that_came_after_both_signatures_still_keeps_it(house: House) -> None:
    ask = await agreed(house)
    await signs(house, "iris", deed="hold", subject=SUBJECT)
    assert house.events(HoldSet.__name__)
    with pytest.raises(DecisionError) as caught:
        await Gate(house).erasing().erase(ask)
    assert caught.value.code == "legal_hold"
    assert house.store.read_key(SESSION)


def test_a_second_store_s_copies_are_named_with_their_locks(tmp_path: Path) -> None:
    class Log:
        def find(self, **_: object) -> list[object]:
            locked = {"store": "s3://b", "version": "v1", "locked_until": "2030-01-01T00:00:00Z"}
            free = {"store": "s3://c", "version": "v2", "locked_until": None}
            return [type("Kept", (), {"event": one})() for one in (locked, free)]

    assert elsewhere(Log(), SESSION) == (  # type: ignore[arg-type] # what it asks of a log
        "s3://b version v1, locked until 2030-01-01 00:00 UTC",
        "s3://c version v2, not locked",
    )


@pytest.mark.parametrize(
    "make", [lambda _: MemoryStore(), lambda folder: LocalStore(folder, reserve_bytes=0)]
)
def test_destroying_again_is_as_good(tmp_path: Path, make: object) -> None:
    store: EvidenceStore = make(tmp_path)  # type: ignore[operator] # a function
    volume = store.create(SESSION, b"key")
    volume.append((b"abc",))
    volume.seal()
    assert destroy(store, SESSION, Deed.ERASE) == 0
    assert store.sealed() == (SESSION,)
    assert destroy(store, SESSION, Deed.REMOVE) == 3
    assert destroy(store, SESSION, Deed.REMOVE) == 0
    assert store.sealed() == ()


async def test_a_ledger_that_can_not_be_read_at_a_start_ends_no_gate(house: House) -> None:
    class Unreadable:
        async def kept(self) -> object:
            raise EvidenceError("A tile is gone.")

    erasing = Erasing(Unreadable(), house.store, house.ledger, house.log, house.clock, house.ledger.prune)  # type: ignore[arg-type]
    await erasing.finish()
