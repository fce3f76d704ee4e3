"""F09: nothing of the ledger goes without a signed term and two persons; what goes is what nothing needs any more."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from broker.evidence.pruning import GOES, plan
from domain.errors import DecisionError, EvidenceError
from domain.events import Event, SessionOpened, document
from policies.retention import Material, Term
from recorder.ledger.leaf import Submission, submission
from recorder.ledger.proof import verify_proof
from tests.broker.console.evidence.test_keeping import asked, signs
from tests.broker.console.house import SESSION, SIGNER, House, house_at
from tests.clock import FrozenClock
from tests.policies.plant import charter_with
from tests.recorder.ledger.logs import heartbeat, refusal

DAY = timedelta(days=1)
TERM = Term("seven-years", "riverside", Material.LEDGER, DAY, None, "PI-12")
WISH = {"deed": "prune", "subject": "ledger:768", "reason": "its term is over"}


@pytest.fixture
async def house(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[House]:
    async with house_at(tmp_path, clock) as one:
        yield one


async def filled(house: House, leaves: int = 800, *, term: Term | None = TERM) -> None:
    """A ledger in which a kept session stands in the first bundle, and refusals fill it up; a day later."""
    house.charter = charter_with(retention=(term,) if term else ())
    permit = await house.ask()
    await house.record(permit)
    base = refusal("No permit.")
    while house.log.size < leaves:
        house.ledger._log.append(
            [_refused(replace(base, at=house.clock.now()), number) for number in range(256)]
        )
    house.clock.advance(DAY)


def _refused(event: Event, number: int) -> Submission:
    return submission(f"{secrets.token_hex(8)}-{number}", document(event))


async def test_f09_by_a_signed_term_two_persons_prune_and_later_proofs_hold(house: House) -> None:
    """F09: the leaf says who, by which term and up to where; every proof from there on holds, and the rest says 'pruned'."""
    await filled(house)
    later = house.log.leaf(790)
    first = await signs(house, "iris", **WISH)
    assert first.status_code == 200, first.text
    assert house.events("LedgerPruned") == []
    assert (await signs(house, "petra", ask=asked(house))).status_code == 200
    (told,) = house.events("LedgerPruned")
    assert (told["first"], told["second"], told["term"]) == ("iris", "petra", "seven-years")
    assert (told["below"], told["kept"], told["ask"]) == (768, [0], asked(house))
    verify_proof(house.log.prove(790), later, SIGNER.key.name, [SIGNER.key])
    assert house.log.check(SIGNER.key).size == house.log.size
    with pytest.raises(EvidenceError) as caught:
        house.log.event(300)
    assert caught.value.code == "pruned"
    assert house.events("SessionEnded"), "the recording is kept, and so are its leaves"
    again = await signs(house, "iris", **WISH)
    assert (again.status_code, again.json()["code"]) == (403, "nothing_to_prune")
    names = [one.event.get("event") for one in house.log.events(768)]
    assert names.index("KeepingAsked") < names.index("KeepingAgreed") < names.index("LedgerPruned")


async def test_f09_without_a_term_too_early_or_under_a_hold_it_is_refused(house: House) -> None:
    """F09, G09: no signed policy, no pruning; and a hold outlasts the policy."""
    await filled(house, term=None)
    assert (await signs(house, "iris", **WISH)).json()["code"] == "no_retention_term"
    house.charter = charter_with(retention=(replace(TERM, minimum=2 * DAY),))
    assert (await signs(house, "iris", **WISH)).json()["code"] == "too_early"
    house.charter = charter_with(retention=(TERM,))
    for subject in ("ledger:1", "ledger:256", "ledger:99999"):
        assert (await signs(house, "iris", **WISH | {"subject": subject})).json()[
            "code"
        ] == "nothing_to_prune"
    hold = {"deed": "hold", "subject": f"session:{SESSION}", "reason": "a claim"}
    assert (await signs(house, "iris", **hold)).status_code == 200
    assert (await signs(house, "iris", **WISH)).json()["code"] == "legal_hold"
    assert house.events("LedgerPruned") == []
    assert house.log.event(300)


async def test_f09_one_person_is_not_two_and_somebody_lets_data_out(house: House) -> None:
    """F09: the persons of a deletion."""
    await filled(house)
    assert (await signs(house, "iris", **WISH)).status_code == 200
    assert (await signs(house, "iris", ask=asked(house))).json()["code"] == "same_person"
    assert (await signs(house, "sven", ask=asked(house))).json()["code"] == "nobody_lets_out"
    assert house.events("LedgerPruned") == []


async def test_a_session_whose_recording_was_removed_goes_and_a_permit_that_is_still_named_stays(
    house: House,
) -> None:
    await filled(house)
    assert plan(house.log, 512, ()).kept == (0,)
    with pytest.raises(DecisionError) as caught:
        plan(house.log, 256, ())
    assert caught.value.code == "nothing_to_prune"
    found = plan(house.log, 700, {str(SESSION)})
    first = {str(one.event["event"]) for one in house.log.events(0, 256)}
    assert (found.below, found.bundles, found.newest) == (
        512,
        2 if first <= GOES else 1,
        house.clock.now() - DAY,
    )


def test_what_goes_is_known_and_names_a_session_a_permit_or_a_passing_fact() -> None:
    kinds = {one.__name__ for one in get_args(Event)}
    assert kinds >= GOES
    stays = {
        "LedgerOpened",
        "CharterApplied",
        "HoldSet",
        "KeepingAgreed",
        "EvidenceErased",
        "LedgerPruned",
        "HeadStamped",
    }
    assert not stays & GOES
    assert SessionOpened.__name__ in GOES
    assert heartbeat(1).__class__.__name__ in GOES
