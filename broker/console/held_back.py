"""What happens to wrong attempts at the console: they wait, and a wait that is long enough is an alarm.

It holds sign-ins back and nothing else. A token that is somebody's is never kept waiting, nor a signed-in
browser, nor a passkey: they can't be guessed, and one of them may be a hand on its way to the switch.
"""

from collections.abc import Iterable

import structlog

from broker.console.desk import Desk
from broker.console.refusals import RefusalError
from broker.people.accounts import HeldBack
from broker.people.lockouts import API, PERSON, SOURCE, alarm, minutes
from domain.errors import EvidenceError
from domain.said import say

log = structlog.get_logger()


def too_many(wait_s: int) -> RefusalError:
    """The answer to whoever is not listened to: how long, who ends it sooner, and what goes on meanwhile."""
    return RefusalError(
        429,
        "too_many_attempts",
        say(
            "Too many attempts: the next one with a password is looked at in {wait}. A passkey is looked at "
            "even now. Whoever runs the node can end the wait (penstock people unlock). The local kill switch needs no "
            "sign-in, and who is signed in stays so.",
            wait=minutes(wait_s),
        ),
        headers={"retry-after": str(wait_s)},
    )


async def refuse_token(desk: Desk, source: str, given: str) -> RefusalError:
    """The answer to a token that is nobody's, counted against its address; to none at all, which is no guess."""
    nobody = RefusalError(
        401, "not_signed_in", say("No valid bearer token was given."), say("Send `Authorization: Bearer …`.")
    )
    if not given:
        return nobody
    if wait_s := await desk.accounts.held_back(None, f"{API}{source}"):
        return RefusalError(
            429,
            "too_many_attempts",
            say("Too many tokens from here were nobody's: wait {wait_s}.", wait_s=minutes(wait_s)),
            say("Use a token that was issued to you. A valid one is taken even now."),
            headers={"retry-after": str(wait_s)},
        )
    await tell_held_back(desk, await desk.accounts.failed(None, f"{API}{source}"), "api", source)
    return nobody


async def tell_held_back(desk: Desk, held: Iterable[HeldBack], door: str, source: str) -> None:
    """Have the ledger know of every wait that is long enough to be one; people are told of the leaf.

    A name that the charter does not know waits like any other, and nobody is told: the address is.
    """
    for one in held:
        subject = one.subject.replace(f"{SOURCE}{API}", SOURCE)
        if subject.startswith(PERSON) and subject.removeprefix(PERSON) not in desk.parts.charter().people:
            continue
        leaf = alarm(desk.parts.clock.now(), subject, door, one.failures, one.wait_s, source)
        if leaf is None:
            continue
        log.warning("sign_ins_held_back", subject=subject, door=door, seconds=one.wait_s)
        try:
            await desk.parts.ledger.append(leaf)
        except EvidenceError as error:
            # It holds all the same; each failure before it has, or lacks, a leaf of its own.
            log.error("lock_not_kept", fact=error.fact)  # noqa: TRY400 - the fact says it all
