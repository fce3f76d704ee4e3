"""The table of doors, row by row: whoever has just the right role, whoever has every other, and each kind of token."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from broker.console.access import ACCESS, Door, Row
from broker.console.roles import Role, roles_of
from broker.people.tokens import Scope
from domain.ids import PersonId
from tests.broker.console.busy import busy
from tests.broker.console.doors import DOWNLOADS, STREAMS, filled
from tests.broker.console.house import House
from tests.broker.console.offices import least_with, most_without, people, staffed
from tests.clock import FrozenClock

JSON = {"accept": "application/json, */*;q=0.1"}
"""So that a no is told by its code, on every door."""


@dataclass(frozen=True, slots=True)
class Try:
    """Somebody at a door, and whether it opens."""

    method: str
    path: str
    row: Row
    roles: frozenset[Role]
    scopes: frozenset[Scope]
    refusal: str
    """The code of the no; empty where the door opens."""

    @property
    def name(self) -> str:
        who = people()[self.roles]
        return f"{self.method} {self.path} for {who} with {sorted(self.scopes)}"


EVERYTHING = frozenset(Scope)
SIGN_OUT = ("POST", "/sign-out")
"""Tried elsewhere: whoever goes through has nothing more to try with."""

SHUT = frozenset(
    {"not_your_role", "not_in_scope", "not_signed_in", "wrong_network", "not_in_table", "stale_page"}
)
"""The codes of a door that stays shut; any other no comes from behind it."""


def tries() -> Iterator[Try]:
    """Every row, by each role that it asks for alone, by all others together, and by what a token is not for."""
    for (method, path), row in ACCESS.items():
        if row.door is Door.NONE or (method, path) == SIGN_OUT:
            continue
        own = EVERYTHING if row.scope is None else frozenset({row.scope})
        fit = [least_with(role) for role in sorted(row.roles)] if row.roles else [*people()]
        for roles in fit:
            yield Try(method, path, row, roles, own, "")
        for roles in most_without(row.roles) if row.roles else ():
            yield Try(method, path, row, roles, EVERYTHING, "not_your_role")
        if row.scope is not None:
            yield Try(method, path, row, fit[0], EVERYTHING - own, "not_in_scope")


Tokens = Mapping[tuple[PersonId, frozenset[Scope]], str]


async def answered(client: httpx2.AsyncClient, one: Try, places: Mapping[str, str], tokens: Tokens) -> str:
    """The code of a no at the door itself; empty where it opened, whatever was said behind it."""
    address = filled(one.path, places)
    headers = dict(JSON)
    if one.row.door is Door.TOKEN:
        headers["authorization"] = f"Bearer {tokens[people()[one.roles], one.scopes]}"
    if one.method == "GET":
        answer = await client.get(address, headers=headers)
    elif one.row.door is Door.TOKEN:
        answer = await client.request(one.method, address, json={}, headers=headers)
    else:
        answer = await client.post(address, data={}, headers=headers)
    assert answer.status_code < 500 or answer.status_code == 503, f"{one.name}: {answer.text}"
    said = answer.headers.get("content-type", "").partition(";")[0]
    code = (
        answer.json().get("code", "")
        if said.endswith(("/problem+json", "/scim+json")) and answer.content
        else ""
    )
    if one.method == "GET" and not one.refusal and code == "":
        assert answer.status_code in {200, 303}, f"{one.name}: {answer.status_code}"
        flows = answer.headers.get("x-accel-buffering") == "no"
        assert flows is (one.path in STREAMS), one.name
        assert ("content-disposition" in answer.headers) is (one.path in DOWNLOADS), one.name
    return code if code in SHUT else ""


@pytest.fixture
async def busy_house(house: House, tmp_path: Path) -> tuple[House, Mapping[str, str]]:
    """Something behind every address, and somebody for every set of roles."""
    places = await busy(house, tmp_path)
    house.charter = staffed()
    house.desk.streams.closing.set()  # a stream says one thing, and is over
    return house, places


def test_everybody_has_exactly_the_roles_that_they_stand_for(clock: FrozenClock) -> None:
    at = clock.now()
    assert {person: roles_of(staffed(), staffed().people[person], at) for person in people().values()} == {
        person: roles for roles, person in people().items()
    }


@pytest.mark.timeout(300)
async def test_abuse_38_each_door_opens_to_the_right_role_alone_and_to_no_other(
    busy_house: tuple[House, Mapping[str, str]],
) -> None:
    house, places = busy_house
    every = list(tries())
    ends = house.clock.now() + timedelta(hours=1)
    needed = {(people()[one.roles], one.scopes) for one in every if one.row.door is Door.TOKEN}
    tokens = {one: await house.desk.tokens.issue(one[0], "test", ends, one[1]) for one in needed}
    browsers = {person: await house.sign_in(person) for person in people().values()}
    wrong = {}
    async with house.client() as script:
        for one in every:
            client = script if one.row.door is Door.TOKEN else browsers[people()[one.roles]]
            code = await answered(client, one, places, tokens)
            if code != one.refusal:
                wrong[one.name] = code or "opened"
    for browser in browsers.values():
        await browser.aclose()
    assert wrong == {}
    assert {(one.method, one.path) for one in every} == {
        way for way, row in ACCESS.items() if row.door is not Door.NONE
    } - {SIGN_OUT}
