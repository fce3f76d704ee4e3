"""Connections that wait for a passkey: bound to one connection, once, for its person, bounded, and told."""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from approvals.proofs.webauthn import assertion_options, proof_of
from approvals.trust import Passkey, Trust
from broker.door.browser_sign_ins import (
    GOOD_FOR,
    MOST,
    MOST_OF_PERSON,
    MOST_OF_SOURCE,
    TYPED_WRONG,
    BrowserSignIns,
    Outcome,
    Waiting,
    challenge_of,
)
from domain.errors import DecisionError, EvidenceError, ProofError
from domain.events import Event
from domain.ids import PersonId
from domain.proof import PasskeyProof
from tests.approvals.authenticator import Authenticator
from tests.clock import FrozenClock

ORIGIN = "https://localhost:8443"
ANA, BEN = PersonId("ana"), PersonId("ben")
HERE, BROWSER = "192.0.2.9", "192.0.2.10"


def passkey_of(device: Authenticator) -> Passkey:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Passkey(device.credential_id, device.public_key(), "key", at, "olga", backup_eligible=False)


class Plant:
    """A register with two persons' passkeys, and what it told the ledger."""

    def __init__(self, clock: FrozenClock, good_for: timedelta = GOOD_FOR) -> None:
        self.device, self.other = Authenticator(ORIGIN), Authenticator(ORIGIN)
        trust = Trust("localhost", (ORIGIN,)).with_passkey(ANA, passkey_of(self.device))
        self.trust = trust.with_passkey(BEN, passkey_of(self.other))
        self.told: list[Event] = []
        self.failing = False
        self.waits = BrowserSignIns(f"{ORIGIN}/device", lambda: self.trust, clock, self._keep, good_for)

    async def _keep(self, event: Event) -> None:
        if self.failing:
            raise EvidenceError("The signer does not answer.")
        self.told.append(event)

    async def begin(self, person: PersonId = ANA, source: str = HERE) -> Waiting | None:
        return await self.waits.begin(
            person, source=source, key="SHA256:x", asked="ana+eng-ws-1", connection=secrets.token_hex(32)
        )

    def signed(self, waiting: Waiting, device: Authenticator | None = None) -> PasskeyProof:
        nonce = secrets.token_bytes(32)
        options = assertion_options(self.trust, (), challenge_of(waiting.statement, nonce))
        return proof_of((device or self.device).get(options), nonce)

    def outcomes(self) -> list[str]:
        return [str(getattr(one, "outcome", type(one).__name__)) for one in self.told]


@pytest.fixture
def plant(clock: FrozenClock) -> Plant:
    return Plant(clock)


async def begun(plant: Plant, **given: Any) -> Waiting:
    waiting = await plant.begin(**given)
    assert waiting is not None
    return waiting


async def test_a_signature_over_the_very_connection_lets_it_go_on_once(plant: Plant) -> None:
    waiting = await begun(plant)
    code = waiting.statement.code
    assert await plant.waits.found_sign_in(ANA, code) == waiting.statement
    outcome = asyncio.create_task(plant.waits.outcome(waiting))
    proof = plant.signed(waiting)
    await plant.waits.confirm_sign_in(ANA, code, proof, BROWSER)
    assert await outcome is Outcome.CONFIRMED
    assert plant.outcomes() == ["BrowserSignInShown", "confirmed"]
    assert plant.told[1].browser == BROWSER  # type: ignore[union-attr]
    with pytest.raises(DecisionError):
        await plant.waits.confirm_sign_in(ANA, code, proof, BROWSER)
    assert await plant.waits.found_sign_in(ANA, code) is None


async def test_what_was_signed_for_one_connection_is_nothing_for_another(plant: Plant) -> None:
    first, second = await begun(plant), await begun(plant)
    with pytest.raises(ProofError, match="something else"):
        await plant.waits.confirm_sign_in(ANA, second.statement.code, plant.signed(first), BROWSER)
    assert not second.ended.done()


async def test_another_person_neither_finds_nor_confirms_nor_refuses_it(plant: Plant) -> None:
    waiting = await begun(plant)
    code = waiting.statement.code
    assert await plant.waits.found_sign_in(BEN, code) is None
    with pytest.raises(DecisionError):
        await plant.waits.confirm_sign_in(BEN, code, plant.signed(waiting, plant.other), BROWSER)
    with pytest.raises(ProofError):
        await plant.waits.confirm_sign_in(ANA, code, plant.signed(waiting, plant.other), BROWSER)
    with pytest.raises(DecisionError):
        await plant.waits.refuse_sign_in(BEN, code, BROWSER)
    assert not waiting.ended.done()


async def test_a_nonce_of_another_length_is_none(plant: Plant) -> None:
    waiting = await begun(plant)
    with pytest.raises(ProofError, match="32 bytes"):
        challenge_of(waiting.statement, b"short")


async def test_a_no_turns_it_away_even_without_evidence(plant: Plant) -> None:
    waiting = await begun(plant)
    outcome = asyncio.create_task(plant.waits.outcome(waiting))
    plant.failing = True
    with pytest.raises(EvidenceError):
        await plant.waits.refuse_sign_in(ANA, waiting.statement.code, BROWSER)
    assert await outcome is Outcome.REFUSED


async def test_without_evidence_nothing_waits_and_nothing_goes_on(plant: Plant) -> None:
    waiting = await begun(plant)
    plant.failing = True
    with pytest.raises(EvidenceError):
        await plant.waits.confirm_sign_in(ANA, waiting.statement.code, plant.signed(waiting), BROWSER)
    assert not waiting.ended.done()
    with pytest.raises(EvidenceError):
        await plant.begin(BEN)
    plant.failing = False
    assert [await begun(plant, person=BEN) for _ in range(MOST_OF_PERSON)]


async def test_it_is_too_late_from_the_instant_that_is_named(plant: Plant, clock: FrozenClock) -> None:
    waiting = await begun(plant)
    proof = plant.signed(waiting)
    clock.advance(GOOD_FOR - timedelta(seconds=1))
    assert await plant.waits.found_sign_in(ANA, waiting.statement.code) is not None
    clock.advance(timedelta(seconds=1))
    assert await plant.waits.found_sign_in(ANA, waiting.statement.code) is None
    with pytest.raises(DecisionError):
        await plant.waits.confirm_sign_in(ANA, waiting.statement.code, proof, BROWSER)


async def test_what_nobody_decides_expires_and_a_client_that_leaves_takes_it_along(
    clock: FrozenClock,
) -> None:
    plant = Plant(clock, timedelta(0))
    waiting = await begun(plant)
    assert await plant.waits.outcome(waiting) is Outcome.EXPIRED
    await plant.waits.tell(waiting, Outcome.EXPIRED)
    assert plant.outcomes() == ["BrowserSignInShown", "expired"]
    plant = Plant(clock)
    waiting = await begun(plant)
    left = asyncio.create_task(plant.waits.outcome(waiting))
    await asyncio.sleep(0)
    left.cancel()
    with pytest.raises(asyncio.CancelledError):
        await left
    with pytest.raises(DecisionError):
        await plant.waits.confirm_sign_in(ANA, waiting.statement.code, plant.signed(waiting), BROWSER)


async def test_only_so_many_wait_for_a_person_from_an_address_and_in_all(plant: Plant) -> None:
    for _ in range(MOST_OF_PERSON):
        await begun(plant)
    assert await plant.begin() is None
    for number in range(MOST_OF_PERSON, MOST_OF_SOURCE):
        await begun(plant, person=PersonId(f"p{number}"))
    assert await plant.begin(PersonId("one-more")) is None
    for number in range(MOST_OF_SOURCE, MOST):
        await begun(plant, person=PersonId(f"p{number}"), source=f"198.51.100.{number}")
    assert await plant.begin(PersonId("last"), "203.0.113.1") is None


async def test_guessing_at_codes_locks_that_person_s_typing_with_an_alarm(
    plant: Plant, clock: FrozenClock
) -> None:
    """A10: failures per person at this interface are limited too."""
    waiting = await begun(plant)
    for _ in range(TYPED_WRONG.free):
        assert await plant.waits.found_sign_in(ANA, "BCDF-BCDF") is None
    with pytest.raises(DecisionError, match="Too many"):
        await plant.waits.found_sign_in(ANA, waiting.statement.code)
    assert type(plant.told[-1]).__name__ == "SignInLocked"
    clock.advance(timedelta(seconds=TYPED_WRONG.first_lock_s))
    assert await plant.waits.found_sign_in(ANA, waiting.statement.code) is not None


async def test_only_who_has_an_enrolled_passkey_may_wait_for_it(plant: Plant) -> None:
    assert plant.waits.possible(ANA)
    assert not plant.waits.possible(PersonId("nobody"))
