"""No request, however malformed, is a fault of ours: each is refused in words, on every route."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from broker.console.access import ACCESS, Door
from broker.console.roles import roles_of
from domain.ids import PersonId
from tests.broker.console.doors import READERS
from tests.broker.console.house import House
from tests.broker.console.test_access import filled
from tests.policies.plant import charter
from tests.stride import places

FIELDS = (
    *("ceremony", "credential", "right", "shown", "typed", "code", "csrf", "form", "next", "label", "digest"),
    *("reason", "grant", "grants", "until", "from", "start", "end", "way", "action", "actions", "purpose"),
    *(
        "work_order",
        "person",
        "password",
        "asset",
        "conduit",
        "scope",
        "zone",
        "state",
        "token",
        "q",
        "before",
    ),
)
VALUES: tuple[Any, ...] = (
    "\ud800",
    "\x00",
    "\N{RIGHT-TO-LEFT OVERRIDE}",
    "x" * 5000,
    "../../../etc/passwd",
    "2" * 400,
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00+14:00",
    {"$gt": ""},
    ["\ud800"],
    None,
    True,
    2**70,
    -0.0,
)
BROKEN = (b"[" * 50_000, b'{"a":' * 9_000, b"\xff\xfe", b"", b"NaN", b'{"right": NaN}')
"""What only claims to be JSON."""

PLACES = ("%00", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "%ff%fe", "%ED%A0%80", "x" * 3000, "-1", "%20", "0x1", "٣")
QUERIES = ("q", "before", "limit", "kind")
HEADERS = ("cookie", "authorization", "x-penstock-csrf", "origin", "sec-fetch-site")
WAYS = sorted(ACCESS)


def formed(value: Any) -> bytes:
    text = value if isinstance(value, str) else json.dumps(value)
    return "&".join(f"{name}={quote(text.encode('utf-8', 'surrogatepass'))}" for name in FIELDS).encode()


def allowed(way: tuple[str, str]) -> list[str]:
    """One person for each role that gets past the guard here."""
    roles = ACCESS[way].roles
    if roles is None:
        return ["petra"]
    at = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    people = [charter().people[PersonId(name)] for name in READERS.values()]
    first = {role: one.id for one in reversed(people) for role in roles_of(charter(), one, at) & roles}
    return sorted(set(first.values()))


def some(people: list[str]) -> list[str]:
    """All of them in ``make deep``, else one, by chance: each route is asked in each run, by another of its roles."""
    return [people[at] for at in places(len(people), len(people))]


async def headers_for(house: House, way: tuple[str, str], person: str) -> dict[str, str]:
    if ACCESS[way].door is Door.TOKEN:
        return await house.bearer(person)
    if ACCESS[way].door is Door.NONE:
        # As after the sign-in page: the tie between page and browser is right, all else is not.
        return {"cookie": "__Host-penstock-form=x"}
    cookie, browser = await house.desk.browsers.open(PersonId(person), "192.0.2.9", ("password", "totp"))
    return {"cookie": f"__Host-penstock={cookie}", "x-penstock-csrf": browser.csrf}


@pytest.mark.parametrize("way", [way for way in WAYS if way[0] in {"POST", "PUT"}], ids=lambda way: way[1])
async def test_no_body_is_a_fault_of_ours(house: House, way: tuple[str, str]) -> None:
    permit = (await house.ask()).id
    people = allowed(way)
    async with house.client() as client:
        for person in some(people):
            headers = await headers_for(house, way, person)
            for body in map(BROKEN.__getitem__, places(len(BROKEN), 3)):
                answer = await client.request(
                    way[0],
                    filled(way[1], permit),
                    content=body,
                    headers={**headers, "content-type": "application/json"},
                )
                assert answer.status_code < 500, (person, body[:20], answer.text)
            for turn in places(3 * len(VALUES), 3 * 7):
                value = VALUES[turn // 3]
                bodies = [
                    ("application/json", json.dumps(dict.fromkeys(FIELDS, value)).encode()),
                    ("application/json", json.dumps({**dict.fromkeys(FIELDS, "x"), "right": value}).encode()),
                    ("application/x-www-form-urlencoded", formed(value)),
                ]
                kind, body = bodies[turn % 3]
                kinds = {**headers, "content-type": kind}
                answer = await client.request(way[0], filled(way[1], permit), content=body, headers=kinds)
                assert answer.status_code < 500, (person, value, kind, answer.text)


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
async def test_no_path_query_or_header_is_a_fault_of_ours(house: House, way: tuple[str, str]) -> None:
    permit = (await house.ask()).id
    house.desk.streams.closing.set()  # a stream says one thing, and is over
    people = allowed(way)
    async with house.client() as client:
        for person in some(people):
            given = await headers_for(house, way, person)
            for turn in places(4 * len(PLACES), 4 * 5):
                place, query = PLACES[turn // 4], QUERIES[turn % 4]
                urls = [f"{filled(way[1], permit)}?{query}={place}"]
                if "{" in way[1]:
                    urls.append(filled(way[1].replace("{channel}", place).replace("{pending}", place), place))
                for url in urls:
                    answer = await client.request(way[0], url, headers=given)
                    assert answer.status_code < 500, (person, url, answer.text)
            for name in map(HEADERS.__getitem__, places(len(HEADERS), 2)):
                odd = {**given, name: b"__Host-penstock=\xff\x01; Bearer \xe9\xff"}
                answer = await client.request(way[0], filled(way[1], permit), headers=odd)
                assert answer.status_code < 500, (person, name, answer.text)
