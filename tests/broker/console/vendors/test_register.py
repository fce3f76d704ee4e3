"""A company that nobody knows asks to be known: bounded, inert, and nothing of it counts."""

import re
from dataclasses import replace

import httpx2
import pytest

from tests.broker.console.house import House
from tests.broker.people.test_application import KEY, OTHER

ASKED = {
    "company": "Halden Pumps <script>alert(1)</script>",
    "contact": "Nina Berg",
    "reach": "+47 555 0101",
    "word": "{{ 7*7 }}",
    "person": ["Nina Berg", ""],
    "key": [KEY, ""],
}


async def invited(house: House) -> str:
    code, invitation = house.desk.applications.drawn(next(iter(house.desk.parts.charter().people)), "Halden")
    await house.desk.applications.keep(invitation)
    return code


async def asks(house: House, client: httpx2.AsyncClient, **changed: object) -> httpx2.Response:
    shown = await client.get("/register")
    form = re.search(r'name="form" value="([^"]+)"', shown.text)
    assert form is not None
    headers = {"cookie": f"__Host-penstock-form={form[1]}"}
    return await client.post("/register", data={"form": form[1], **ASKED, **changed}, headers=headers)


def settle(house: House, registration: str) -> None:
    parts = house.desk.parts
    house.desk.parts = replace(parts, settings=replace(parts.settings, registration=registration))


async def test_an_invited_company_waits_in_the_queue_and_sees_how_it_stands(house: House) -> None:
    async with house.client() as client:
        done = await asks(house, client, invitation=await invited(house))
        assert done.status_code == 303, done.text
        page = await client.get(done.headers["location"])
        assert "Nobody has answered yet" in page.text
        assert "<script>alert" not in page.text
        assert (await client.get("/register/guess")).status_code == 404
    (leaf,) = house.events("VendorAsked")
    assert (leaf["source"], len(leaf["keys"])) == ("192.0.2.9", 1)  # type: ignore[arg-type]
    (waiting,) = await house.desk.applications.waiting()
    assert waiting.application.people[0].key == KEY
    assert "halden" not in str(house.desk.parts.charter().vendors).lower()


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        pytest.param({"invitation": ""}, 403, "invitation code is needed", id="no invitation"),
        pytest.param({"invitation": "guess"}, 403, "not valid, or was used", id="a guess"),
        pytest.param({"company": ""}, 422, "name in one line", id="no company"),
        pytest.param({"key": ["ssh-dss AAAA", ""]}, 422, "too weak", id="a weak key"),
        pytest.param({"person": ["Nina", "Odd"], "key": [KEY, KEY]}, 422, "a key of their own", id="one key"),
    ],
)
async def test_what_can_not_be_taken_is_said_and_what_was_typed_stays(
    house: House, changed: dict[str, object], status: int, said: str
) -> None:
    async with house.client() as client:
        answer = await asks(house, client, **({"invitation": await invited(house)} | changed))
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert "+47 555 0101" in answer.text
    assert house.events("VendorAsked") == []


async def test_guessing_at_codes_is_held_back_by_address(house: House) -> None:
    code = await invited(house)
    async with house.client() as client:
        for _ in range(15):
            await asks(house, client, invitation="guess")
        answer = await asks(house, client, invitation=code)
        assert "Too many wrong codes" in answer.text
    assert not await house.desk.accounts.held_back(None, "192.0.2.9"), "sign-ins from there go on"


async def test_a_foreign_page_files_nothing_and_a_plant_may_shut_it(house: House) -> None:
    code = await invited(house)
    async with house.client() as client:
        data = {"form": "x" * 24, **ASKED, "invitation": code}
        assert (await client.post("/register", data=data)).status_code == 403
        foreign = {"origin": "https://evil.example", "cookie": f"__Host-penstock-form={'x' * 24}"}
        assert (await client.post("/register", data=data, headers=foreign)).status_code == 403
        settle(house, "off")
        assert (await client.get("/register")).status_code == 404
        assert "Ask to be known" not in (await client.get("/sign-in")).text
        assert (await client.post("/register", data=data)).status_code == 404
    assert house.events("VendorAsked") == []


async def test_uninvited_ones_are_let_in_where_the_plant_says_so_and_only_so_many(house: House) -> None:
    settle(house, "open")
    async with house.client() as client:
        answers = [
            (await asks(house, client, person=["Nina"], key=[(KEY, OTHER)[number % 2]])).status_code
            for number in range(6)
        ]
    assert answers == [303] * 5 + [429]
    assert {one["invited_by"] for one in house.events("VendorAsked")} == {""}


async def test_a_ledger_that_is_gone_files_nothing(house: House) -> None:
    code = await invited(house)
    house.ledger.failing = True
    async with house.client() as client:
        assert (await asks(house, client, invitation=code)).status_code == 503
    assert await house.desk.applications.waiting() == ()
