"""A challenge to sign something is one person's, for one thing, and used once."""

import json

import pytest

from approvals.proofs.webauthn import assertion_options
from broker.console.access import ACCESS
from broker.console.desk import Desk
from broker.console.guard import Visitor
from broker.console.refusals import RefusalError
from broker.console.signing import begin_signing, bound_to, signed_by, statement_in
from domain.ids import PersonId
from tests.broker.console.doors import filled
from tests.broker.console.house import House


def visitor(house: House, person: str) -> Visitor:
    found = house.desk.parts.charter().people[PersonId(person)]
    return Visitor(found, frozenset(), None)


async def begun(desk: Desk, who: Visitor) -> str:
    answer = await begin_signing(desk, who, "thing:1", bytes(32), statement="s")
    told = json.loads(bytes(answer.body))
    assert told["statement"] == "s"
    return str(told["ceremony"])


@pytest.mark.parametrize(
    ("person", "purpose"),
    [
        pytest.param("olga", "thing:1", id="another person"),
        pytest.param("petra", "thing:2", id="another thing"),
    ],
)
async def test_a_challenge_answers_nothing_else(house: House, person: str, purpose: str) -> None:
    house.enrol("petra")
    ceremony = await begun(house.desk, visitor(house, "petra"))
    with pytest.raises(RefusalError, match="too old"):
        await signed_by(house.desk, visitor(house, person), {"ceremony": ceremony}, purpose)
    assert bound_to(visitor(house, "petra")) != bound_to(visitor(house, "olga"))


async def test_nobody_signs_without_a_passkey_of_the_plant_s(house: House) -> None:
    with pytest.raises(RefusalError) as refused:
        await begin_signing(house.desk, visitor(house, "petra"), "thing:1", bytes(32))
    assert refused.value.code == "no_passkey"


DECIDING = frozenset(
    {"PermitApproved", "PermitChanged", "GlassReviewed", "RightAttested", "CharterApplied", "SignedIn"}
)
"""Leaves of which none may come of a browser that is only signed in."""


def signing() -> list[str]:
    """Every page's route that takes a passkey's signature: a new one is among them at once."""
    return sorted(
        path
        for (method, path) in ACCESS
        if method == "POST" and path.endswith(("/passkey", "/device/confirm"))
    )


@pytest.mark.parametrize("path", signing())
async def test_whoever_is_signed_in_signs_each_thing_anew(house: House, path: str) -> None:
    """A12: no signature without a challenge that was drawn for it now; an old one, or none, decides nothing."""
    device = house.enrol("petra")
    permit = await house.ask()
    used, challenge = await house.desk.ceremonies.begin("sign-in", "elsewhere")
    answered = json.loads(device.get(assertion_options(house.trust, (), challenge)))
    decided = [one for name in DECIDING for one in house.events(name)]
    address = filled(path, {"permit": permit.id, "session": "s" * 26, "channel": "0", "digest": "x"})
    async with await house.sign_in("petra") as petra:
        for ceremony in ("", "guess", used):
            body = {"ceremony": ceremony, "credential": answered, "right": "connect", "shown": "00" * 32}
            answer = await petra.post(
                address, json=body | {"statement": {}, "code": "BCDF-GHJK", "digest": "x"}
            )
            assert 400 <= answer.status_code < 500, (path, answer.status_code, answer.text)
    assert [one for name in DECIDING for one in house.events(name)] == decided


def test_signing_is_asked_for_in_more_than_one_place() -> None:
    assert {"/permits/{permit}/approve/passkey", "/device/confirm"} <= set(signing())


def test_an_answer_without_a_statement_is_no_answer() -> None:
    for fields in ({}, {"statement": "attested"}, {"statement": {"schema": "another"}}):
        with pytest.raises(RefusalError) as no:
            statement_in(fields)
        assert (no.value.status, no.value.code) == (422, "no_statement")
