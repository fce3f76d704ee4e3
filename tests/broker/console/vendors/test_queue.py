"""Who holds `identity` reads the queue, refuses with a reason, or takes a company as a draft that decides nothing."""

import hashlib
import tomllib

import pytest

from broker.people.application import read
from tests.broker.console.house import House
from tests.broker.people.test_application import GOOD


async def waits(house: House) -> tuple[str, str]:
    link = await house.desk.applications.file("a1", read(*GOOD), "192.0.2.77", None)
    return "a1", link


async def test_an_invitation_is_shown_once_and_told_to_the_ledger(house: House) -> None:
    async with await house.sign_in("olga") as olga:
        page = await olga.post("/applications/invite", data={"company": "Halden Pumps"})
        assert "/register?invitation=" in page.text
        code = page.text.partition("/register?invitation=")[2].partition("<")[0]
        assert "invitation=" not in (await olga.get("/applications")).text
        assert (await olga.post("/applications/invite", data={"company": " "})).status_code == 422
    found = await house.desk.applications.invitation(code)
    assert found is not None
    (leaf,) = house.events("VendorInvited")
    assert (leaf["by"], leaf["company"], leaf["invitation"]) == ("olga", "Halden Pumps", found.name)
    assert code not in str(leaf)


async def test_a_refusal_has_a_reason_that_the_company_reads(house: House) -> None:
    id_, link = await waits(house)
    async with await house.sign_in("olga") as olga, house.client() as company:
        assert "Halden Pumps" in (await olga.get("/applications")).text
        assert (await olga.post(f"/applications/{id_}/refuse", data={"reason": ""})).status_code == 422
        done = await olga.post(f"/applications/{id_}/refuse", data={"reason": "No contract with you"})
        assert done.status_code == 303
        assert "No contract with you" in (await company.get(f"/register/{link}")).text
        assert (await olga.post(f"/applications/{id_}/take")).status_code == 404
    (leaf,) = house.events("VendorAnswered")
    assert (leaf["answer"], leaf["by"], leaf["reason"]) == ("refused", "olga", "No contract with you")


async def test_taking_one_gives_a_draft_and_changes_nothing_in_force(house: House) -> None:
    id_, link = await waits(house)
    before = house.desk.parts.charter().digest
    async with await house.sign_in("olga") as olga, house.client() as company:
        assert (await olga.get(f"/applications/{id_}/draft")).status_code == 404
        done = await olga.post(f"/applications/{id_}/take")
        assert done.headers["location"] == f"/applications/{id_}/draft"
        text = (await olga.get(done.headers["location"])).text
        assert "taken it as a draft" in (await company.get(f"/register/{link}")).text
    assert tomllib.loads(text)["vendor"][0]["name"] == "Halden Pumps"
    (leaf,) = house.events("VendorAnswered")
    assert leaf["draft"] == hashlib.sha256(text.encode()).hexdigest()
    assert house.desk.parts.charter().digest == before
    assert (house.events("KeyEnrolled"), house.events("CharterApplied")) == ([], [])


@pytest.mark.parametrize("person", ["milo", "iris", "ana", "sven"])
async def test_who_does_not_hold_identity_sees_and_answers_nothing(house: House, person: str) -> None:
    id_, _link = await waits(house)
    async with await house.sign_in(person) as somebody:
        assert (await somebody.get("/applications")).status_code == 403
        assert (await somebody.post("/applications/invite", data={"company": "x"})).status_code == 403
        assert (await somebody.post(f"/applications/{id_}/take")).status_code == 403
        assert (await somebody.post(f"/applications/{id_}/refuse", data={"reason": "x"})).status_code == 403
    assert len(await house.desk.applications.waiting()) == 1


async def test_a_ledger_that_is_gone_answers_nobody(house: House) -> None:
    id_, _link = await waits(house)
    house.ledger.failing = True
    async with await house.sign_in("olga") as olga:
        assert (await olga.post(f"/applications/{id_}/take")).status_code == 503
    assert len(await house.desk.applications.waiting()) == 1
