"""Proofs that a person gives while signed in: that it is still they. The door's own limits count here as well."""

from dataclasses import dataclass

import structlog

from broker.door.house import House
from broker.people.factors import used_already
from broker.people.lockouts import PERSON, alarm, minutes
from domain.errors import EvidenceError
from domain.ids import PersonId

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class NotProved:
    """A code that did not count, and what to say; ``guessed``: it was wrong, and not merely used before or untimely."""

    code: str
    sentence: str
    guessed: bool


async def by_code(house: House, person: PersonId, code: str, purpose: str, source: str) -> NotProved | None:
    """None where ``code`` is right: it is spent on ``purpose`` then, for good. EvidenceError where that can't be kept."""
    parts, now_s = house.parts, house.parts.clock.boottime_s()
    if left_s := house.persons.left_s(person, now_s):
        return NotProved(
            "locked", f"Too many wrong codes: the next one is looked at in {minutes(left_s)}.", guessed=False
        )
    if await parts.codes.check(person, code, purpose) is not None:
        house.persons.succeeded(person)
        return None
    wait_s = await parts.codes.used(person, code)
    if wait_s is not None:
        return NotProved("used_code", used_already(wait_s), guessed=False)
    lock_s = house.persons.failed(person, now_s)
    failures = house.persons.failures(person)
    if locked := alarm(parts.clock.now(), f"{PERSON}{person}", "ssh", failures, lock_s, source):
        try:
            await parts.ledger.append(locked)
        except EvidenceError as error:
            log.error("failed_sign_in_not_kept", fact=error.fact)  # noqa: TRY400 - the fact says it all
    return NotProved("wrong_code", "This one-time code is not right.", guessed=True)
