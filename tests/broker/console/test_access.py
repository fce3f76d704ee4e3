"""The table of doors, walked whole: every route, and nobody. Role by role: ``test_access_by_role.py``."""

from collections.abc import Iterable
from typing import Any

import httpx2
import pytest
from starlette.routing import WebSocketRoute

from broker.console.access import ACCESS, Door, Row
from broker.console.roles import Role
from broker.console.shell import LONGEST_BODY_BYTES
from tests.broker.console import doors
from tests.broker.console.house import ORIGIN, SESSION, House

GUARDED = [(way, row) for way, row in ACCESS.items() if row.door is not Door.NONE]
UNKNOWN = "z" * 26


def routes(house: House) -> set[tuple[str, str]]:
    """Every method and path that the application answers, however it was hung in."""
    found: set[tuple[str, str]] = set()

    def walk(app_routes: Iterable[Any], prefix: str) -> None:
        for route in app_routes:
            inner = getattr(route, "original_router", None)
            if isinstance(route, WebSocketRoute):
                continue  # they have rows of their own: ``browsing/test_entry.py``
            if inner is not None:
                walk(inner.routes, prefix + getattr(getattr(route, "include_context", None), "prefix", ""))
            else:
                methods = getattr(route, "methods", None) or {"GET"}
                found.update((method, prefix + route.path) for method in methods - {"HEAD"})

    walk(house.app.routes, "")
    return found


def filled(path: str, permit: str) -> str:
    return doors.filled(path, {"permit": permit, "session": SESSION, "channel": "0", "digest": "x"})


async def call(
    client: httpx2.AsyncClient, way: tuple[str, str], permit: str, headers: dict[str, str] | None = None
) -> httpx2.Response:
    method, path = way
    url = filled(path, permit)
    if method == "GET":
        return await client.get(url, headers=headers)
    if path.startswith(("/api/", "/scim/")):
        return await client.request(method, url, json={}, headers=headers)
    return await client.post(url, data={}, headers=headers)


async def test_every_route_has_a_row_and_every_row_a_route(house: House) -> None:
    assert routes(house) == set(ACCESS)


async def test_every_route_hangs_on_the_guard(house: House) -> None:
    unguarded = {("GET", "/static"), ("GET", "/api/v1/openapi.json")}
    async with house.client() as nobody:
        for way, row in ACCESS.items():
            if row.door is Door.NONE and way not in unguarded:
                ACCESS[way] = Row(Door.COOKIE)
                try:
                    answer = await call(nobody, way, UNKNOWN)
                finally:
                    ACCESS[way] = row
                assert answer.status_code == 401, f"{way} did not ask the guard"


async def test_a_route_without_a_row_answers_nobody(house: House) -> None:
    way = ("GET", "/queue")
    row = ACCESS.pop(way)
    try:
        async with await house.sign_in("petra") as petra:
            assert (await petra.get("/queue")).status_code == 403
    finally:
        ACCESS[way] = row


async def test_peer_t65_nobody_is_answered_401_everywhere(house: House) -> None:
    permit = await house.ask()
    await house.record(permit)
    house.go_live(permit)
    before = house.log.size
    bearer = await house.bearer("iris")
    guess = {"cookie": "__Host-penstock=guess", "authorization": "Bearer pnst_guess"}
    async with await house.sign_in("iris") as browser:
        cookie = {"cookie": browser.headers["cookie"]}
    for number, (way, row) in enumerate(GUARDED):
        # From an address of its own: after a few guesses the next from there is not even looked at.
        async with house.client(f"198.51.{number // 200}.{number % 200}") as nobody:
            answer = await call(nobody, way, permit.id)
            assert answer.status_code == 401, way
            assert "Engineering station" not in answer.text
            # A forged credential is as good as none; and one kind does not stand in for the other.
            assert (await call(nobody, way, permit.id, guess)).status_code == 401, way
            other = cookie if row.door is Door.TOKEN else bearer
            assert (await call(nobody, way, permit.id, other)).status_code == 401, way
    assert house.log.size == before


PERMIT_WAYS = [
    pytest.param(way, row, id=f"{way[0]} {way[1]}")
    for way, row in ACCESS.items()
    if "{permit}" in way[1] and row.roles is not None and Role.VENDOR in row.roles
]
"""A vendor's own doors to one permit; at the others the matrix shows the 403."""


@pytest.mark.parametrize(("way", "row"), PERMIT_WAYS)
async def test_peer_t65_another_vendor_s_permit_is_404_like_one_that_never_was(
    house: House, way: tuple[str, str], row: Row
) -> None:
    permit = await house.ask("ana")
    if row.door is Door.TOKEN:
        async with house.client() as script:
            token = await house.bearer("ben")
            theirs = await call(script, way, permit.id, token)
            never = await call(script, way, UNKNOWN, token)
    else:
        async with await house.sign_in("ben") as browser:
            theirs = await call(browser, way, permit.id)
            never = await call(browser, way, UNKNOWN)
    assert (theirs.status_code, never.status_code) == (404, 404)
    assert theirs.text == never.text


async def test_peer_t65_a_session_that_is_not_the_caller_s_business_is_404(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        answer = await petra.post(f"/sessions/{UNKNOWN}/stop", data={"reason": "x"})
        assert answer.status_code == 404
    assert all(one["do"] == "show" for one in house.watch.heard)


async def test_peer_t55_stopping_from_the_console_reaches_the_watchdog(house: House) -> None:
    permit = await house.ask()
    house.go_live(permit)
    async with await house.sign_in("petra") as petra:
        assert "Engineering station 1" in (await petra.get("/sessions")).text
        answer = await petra.post(f"/sessions/{SESSION}/stop", data={"reason": "wrong machine"})
        assert answer.status_code == 303
        assert "Nobody is connected" in (await petra.get("/sessions")).text
        again = await petra.post(f"/sessions/{SESSION}/stop", data={"reason": "wrong machine"})
        assert again.status_code == 404
    said = [one for one in house.watch.heard if one["do"] == "stop"]
    assert said == [{"do": "stop", "session": SESSION, "by": "petra", "reason": "wrong machine"}]


async def test_abuse_38_a_page_of_another_origin_causes_nothing(house: House) -> None:
    permit = await house.ask()
    async with await house.sign_in("petra") as petra:
        for origin in ("https://evil.example", "https://localhost:9999", "null", "http://localhost:8443"):
            answer = await petra.post(
                f"/permits/{permit.id}/refuse", data={"reason": "no"}, headers={"origin": origin}
            )
            assert answer.status_code == 403, origin
        del petra.headers["origin"]
        assert (await petra.post(f"/permits/{permit.id}/refuse", data={"reason": "no"})).status_code == 403
        cross = {"origin": ORIGIN, "sec-fetch-site": "cross-site"}
        answer = await petra.post(f"/permits/{permit.id}/refuse", data={"reason": "no"}, headers=cross)
        assert answer.status_code == 403
    filed = await house.approvals.filed(permit.id)
    assert filed is not None
    assert filed.state == "requested"


@pytest.mark.parametrize("token", ["", "guess", None], ids=["empty", "wrong", "missing"])
async def test_abuse_38_a_form_without_this_browser_s_token_causes_nothing(
    house: House, token: str | None
) -> None:
    permit = await house.ask()
    async with await house.sign_in("petra") as petra:
        del petra.headers["x-penstock-csrf"]
        fields = {"reason": "no"} | ({"csrf": token} if token is not None else {})
        answer = await petra.post(f"/permits/{permit.id}/refuse", data=fields)
        assert answer.status_code == 403
        assert "older than your sign-in" in answer.text


async def test_abuse_38_json_in_disguise_is_not_taken_for_a_form_or_json(house: House) -> None:
    permit = await house.ask()
    async with await house.sign_in("petra") as petra:
        plain = {"content-type": "text/plain"}
        form = await petra.post(f"/permits/{permit.id}/refuse", content='{"reason":"no"}', headers=plain)
        json = await petra.post(
            f"/permits/{permit.id}/approve/begin", content='{"right":"connect"}', headers=plain
        )
        files = await petra.post(f"/permits/{permit.id}/refuse", files={"reason": b"no"})
        assert (form.status_code, json.status_code, files.status_code) == (415, 415, 415)
    async with house.client() as script:
        answer = await script.post(
            "/api/v1/permits", content="{}", headers={**(await house.bearer("ana")), **plain}
        )
        assert (answer.status_code, answer.json()["code"]) == (415, "not_json")


async def test_no_answer_lets_another_origin_read_it(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        answer = await petra.get("/queue", headers={"origin": "https://evil.example"})
        assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_every_answer_carries_the_security_headers(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        for path in ("/queue", "/no/such/page", "/static/penstock.css", "/api/v1/openapi.json", "/livez"):
            answer = await petra.get(path)
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; script-src 'self';")
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "127.0.0.1:8443"])
async def test_a_foreign_host_name_is_not_answered(house: House, host: str) -> None:
    async with house.client() as nobody:
        assert (await nobody.get("/sign-in", headers={"host": host})).status_code == 400


async def test_a_long_body_is_not_read_to_its_end(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        answer = await petra.post("/sign-in", content=b"x" * (LONGEST_BODY_BYTES + 1))
        assert answer.status_code == 413
