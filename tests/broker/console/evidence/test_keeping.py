"""Two persons, a term of the charter, a leaf before anything is touched: deletion through the console's own doors."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from broker.evidence.keeping_desk import KeepingDesk
from domain.keeping import Deed
from domain.permit import Permit
from policies.retention import Material, Term
from tests.broker.console.house import SESSION, House
from tests.policies.plant import charter, charter_with

DAY = timedelta(days=1)
TERM = Term("short", "riverside", Material.RECORDING, DAY, 2 * DAY, "PI-11")
SUBJECT = f"session:{SESSION}"
WISH = {"deed": "erase", "subject": SUBJECT, "reason": "its term is over", "ask": ""}


async def begun(house: House, *, old: bool = True) -> Permit:
    """A session that ended, whose minimum is over."""
    house.charter = charter_with(retention=(TERM,))
    permit = await house.ask()
    await house.record(permit)
    house.store.create(SESSION, b"the wrapped key").seal()
    if old:
        house.clock.advance(DAY)
    return permit


async def signs(house: House, person: str, **wish: str) -> httpx2.Response:
    """The whole ceremony by ``person``'s passkey."""
    device = house.devices.get(person) or house.enrol(person)  # type: ignore[call-overload]
    async with await house.sign_in(person) as browser:
        answer = await browser.post("/retention/sign/begin", json=WISH | wish)
        if not answer.is_success:
            return answer
        drawn: Mapping[str, Any] = answer.json()
        said = {
            "ceremony": drawn["ceremony"],
            "statement": drawn["statement"],
            "credential": json.loads(device.get(json.dumps(drawn["options"]))),
        }
        return await browser.post("/retention/sign/passkey", json=said)


def asked(house: House) -> str:
    return str(house.events("KeepingAsked")[-1]["ask"])


@pytest.mark.parametrize("deed", ["erase", "remove"])
async def test_two_persons_let_evidence_go_and_the_ledger_says_so_before_and_after(
    house: House, deed: str
) -> None:
    """F12: one person, and nothing happens; two, and there is a leaf with reason and term, and a tombstone."""
    await begun(house)
    assert (await signs(house, "iris", deed=deed)).status_code == 200
    assert house.store.read_key(SESSION)
    assert house.events("EvidenceErased") == []
    assert (await signs(house, "petra", ask=asked(house))).status_code == 200
    (agreed,) = house.events("KeepingAgreed")
    assert (agreed["asked_by"], agreed["by"]) == ("iris", "petra")
    assert (agreed["reason"], agreed["term"], agreed["deed"]) == ("its term is over", "short", deed)
    assert agreed["charter"] == charter_with(retention=(TERM,)).digest.hex()
    (gone,) = house.events("EvidenceErased")
    assert (gone["ask"], gone["recording_sha256"]) == (asked(house), "11" * 32)
    assert house.store.sealed() == ((SESSION,) if deed == "erase" else ())
    names = [one.event["event"] for one in house.log.events()]
    assert names.index("KeepingAsked") < names.index("KeepingAgreed") < names.index("EvidenceErased")
    proof = house.log.prove(
        next(one.index for one in house.log.events() if one.event["event"] == "SessionEnded")
    )
    assert proof  # the leaf of what is gone is proven as before


async def test_one_person_is_refused_however_often_they_sign(house: House) -> None:
    """F12: the same person twice is one person."""
    await begun(house)
    await signs(house, "petra")
    again = await signs(house, "petra", ask=asked(house))
    assert (again.status_code, again.json()["code"]) == (403, "same_person")
    (refused,) = house.events("KeepingRefused")
    assert (refused["by"], refused["code"]) == ("petra", "same_person")
    assert house.store.read_key(SESSION)


async def test_two_persons_of_whom_none_holds_data_out_are_refused(house: House) -> None:
    await begun(house)
    await signs(house, "iris")
    answer = await signs(house, "sven", ask=asked(house))
    assert answer.json()["code"] == "nobody_lets_out"
    assert house.events("EvidenceErased") == []


@pytest.mark.parametrize(
    ("late", "code"),
    [
        pytest.param(DAY - timedelta(seconds=1), "too_early", id="a second before its minimum is over"),
        pytest.param(DAY, "", id="at the instant at which it is over"),
    ],
)
async def test_what_is_too_young_is_refused_to_the_second_and_the_attempt_is_told(
    house: House, late: timedelta, code: str
) -> None:
    """G09: an early delete is refused with a stable code."""
    await begun(house, old=False)
    house.clock.advance(late)
    answer = await signs(house, "petra")
    assert (answer.json().get("code", ""), answer.status_code) == (code, 403 if code else 200)
    assert [one["code"] for one in house.events("KeepingRefused")] == ([code] if code else [])


async def test_what_no_term_speaks_of_is_never_deleted(house: House) -> None:
    """F09: without a signed term of the charter nothing goes."""
    await begun(house)
    house.charter = charter_with(retention=())
    assert (await signs(house, "petra")).json()["code"] == "no_retention_term"


async def test_a_hold_takes_one_person_and_lifting_it_takes_two(house: House) -> None:
    """G09: a legal hold outlasts every term until two persons lift it."""
    await begun(house)
    assert (await signs(house, "iris", deed="hold", subject="boundary:operations")).status_code == 200
    hold = str(house.events("HoldSet")[0]["hold"])
    assert (await signs(house, "petra")).json()["code"] == "legal_hold"
    lift = {"deed": "lift", "subject": f"hold:{hold}", "reason": "the case is closed"}
    await signs(house, "iris", **lift)
    assert (await signs(house, "iris", ask=asked(house))).json()["code"] == "same_person"
    assert (await signs(house, "petra")).json()["code"] == "legal_hold"
    assert (await signs(house, "petra", ask=asked(house))).status_code == 200
    assert (await signs(house, "petra")).status_code == 200
    assert (await signs(house, "petra", **lift)).json()["code"] == "no_such_hold"


async def test_a_hold_that_was_set_between_the_two_signatures_keeps_it(house: House) -> None:
    await begun(house)
    await signs(house, "iris")
    await signs(house, "iris", deed="hold", subject=SUBJECT)
    assert (await signs(house, "petra", ask=asked(house))).json()["code"] == "legal_hold"
    assert house.store.read_key(SESSION)


async def test_terms_that_changed_between_the_two_signatures_are_signed_anew(house: House) -> None:
    await begun(house)
    await signs(house, "iris")
    house.charter = charter_with(retention=(replace(TERM, minimum=timedelta(hours=1)),))
    assert (await signs(house, "petra", ask=asked(house))).json()["code"] == "terms_changed"


@pytest.mark.parametrize(
    ("late", "code"), [(timedelta(days=30) - timedelta(seconds=120), ""), (timedelta(days=30), "no_such_ask")]
)
async def test_a_second_person_has_thirty_days(house: House, late: timedelta, code: str) -> None:
    await begun(house)
    await signs(house, "iris")
    house.clock.advance(late)
    answer = await signs(house, "petra", ask=asked(house))
    assert answer.json().get("code", "") == code


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        pytest.param(
            {"subject": f"session:{'z' * 26}"}, 403, "no_such_session", id="a session that never was"
        ),
        pytest.param({"subject": "vendor:kestrel"}, 422, "not_understood", id="a deletion of a whole vendor"),
        pytest.param({"deed": "burn"}, 422, "not_understood", id="a deed that is none"),
        pytest.param({"reason": " "}, 422, "not_understood", id="no reason"),
        pytest.param({"ask": "ab" * 32}, 403, "no_such_ask", id="an ask that is none"),
        pytest.param({"deed": "lift", "subject": "hold:x"}, 403, "no_such_hold", id="a hold that is none"),
    ],
)
async def test_what_can_not_be_meant_is_refused(
    house: House, wish: dict[str, str], status: int, code: str
) -> None:
    await begun(house)
    answer = await signs(house, "petra", **wish)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_what_is_gone_is_not_asked_for_again(house: House) -> None:
    await begun(house)
    await signs(house, "iris")
    await signs(house, "petra", ask=asked(house))
    assert (await signs(house, "iris")).json()["code"] == "already_erased"
    # The contents are gone; what is left of the recording may still be removed.
    assert (await signs(house, "iris", deed="remove")).status_code == 200


@pytest.mark.parametrize("person", ["ana", "nora"])
async def test_who_neither_audits_nor_holds_anything_may_not_ask(house: House, person: str) -> None:
    await begun(house)
    assert (await signs(house, person)).status_code == 403
    assert house.events("KeepingAsked") == []


async def test_a_signature_counts_once_and_for_its_own_person(house: House) -> None:
    await begun(house)
    device = house.enrol("petra")
    async with await house.sign_in("petra") as petra, await house.sign_in("olga") as olga:
        drawn = (await petra.post("/retention/sign/begin", json=WISH)).json()
        said = {
            "ceremony": drawn["ceremony"],
            "statement": drawn["statement"],
            "credential": json.loads(device.get(json.dumps(drawn["options"]))),
        }
        other = await olga.post("/retention/sign/passkey", json=said)
        assert other.status_code == 409
        changed = said | {"statement": drawn["statement"] | {"reason": "another"}}
        assert (await petra.post("/retention/sign/passkey", json=changed)).status_code == 409
        assert (await petra.post("/retention/sign/passkey", json=said | {"statement": {}})).status_code == 422
    assert house.events("KeepingAsked") == []


async def test_nothing_is_destroyed_while_the_ledger_can_not_be_told(house: House) -> None:
    """F12: the leaf stands before the effect, or there is no effect."""
    await begun(house)
    await signs(house, "iris")
    ask, device = asked(house), house.enrol("petra")
    async with await house.sign_in("petra") as petra:
        drawn = (await petra.post("/retention/sign/begin", json=WISH | {"ask": ask})).json()
        house.ledger.failing = True
        said = {
            "ceremony": drawn["ceremony"],
            "statement": drawn["statement"],
            "credential": json.loads(device.get(json.dumps(drawn["options"]))),
        }
        assert (await petra.post("/retention/sign/passkey", json=said)).status_code == 503
    assert house.store.read_key(SESSION)


async def test_the_desk_is_the_node_s_own(house: House) -> None:
    assert isinstance(house.desk.parts.keeping, KeepingDesk)
    assert set(Deed) == {"erase", "remove", "hold", "lift", "prune"}
    assert charter().retention
