"""What the identity provider's word alone is enough for: S-31's captured provider, route by route."""

import httpx2
import pytest

from broker.console.access import ACCESS, Door
from broker.console.alone import ALONE, vouched_for
from broker.people.sessions import SignedInBrowser
from broker.watchdog.interlocks import Isolate, Pause, apply
from domain.ids import PersonId, SessionId
from tests.broker.console.house import SESSION, House
from tests.clock import STARTS

OPENING = {
    "/plant/restore": {"scope": "vendor:kestrel", "reason": "x"},
    "/plant/states": {"zone": "operations", "state": "maintenance", "reason": "x"},
    f"/sessions/{SESSION}/resume": {"reason": "x"},
    f"/sessions/{SESSION}/attend": {"scope": f"session:{SESSION}"},
}
"""What would let more through on the word of whoever asks."""


async def vouched(house: House, person: str) -> httpx2.AsyncClient:
    """A browser that nobody but the provider vouched for."""
    client = house.client()
    cookie, browser = await house.desk.browsers.open(PersonId(person), "192.0.2.9", ("oidc",))
    client.headers["cookie"] = f"__Host-penstock={cookie}"
    client.headers["x-penstock-csrf"] = browser.csrf
    return client


def test_every_route_that_is_named_exists_and_changes_something() -> None:
    assert all(way in ACCESS for way in ALONE)
    assert all(ACCESS[way].door is Door.COOKIE for way in ALONE)
    assert not {path for _method, path in ALONE} & {
        "/plant/restore",
        "/plant/states",
        "/applications/{application}/take",
    }


@pytest.mark.parametrize(
    ("factors", "expected"),
    [(("oidc",), True), (("passkey",), False), (("password", "totp"), False), (("oidc", "passkey"), False)],
)
def test_only_a_sign_in_by_nobody_but_the_provider_is_vouched_for(
    factors: tuple[str, ...], expected: bool
) -> None:
    browser = SignedInBrowser("k" * 64, PersonId("milo"), "c", "192.0.2.9", factors, STARTS, STARTS)
    assert vouched_for(browser) is expected
    assert vouched_for(None) is False


@pytest.mark.parametrize("path", OPENING)
async def test_a_captured_identity_provider_opens_nothing(house: House, path: str) -> None:
    """S-31: it can sign anybody in, and what would let more through still waits for a sign-in at the plant."""
    permit = await house.ask()
    house.go_live(permit)
    held = apply(house.watch.interlocks, Isolate("vendor:kestrel", "milo", "searched"))
    house.watch.interlocks = apply(held, Pause(SessionId(SESSION), "milo", "wait"))
    before = house.watch.interlocks
    async with await vouched(house, "milo") as milo:
        answer = await milo.post(path, data=OPENING[path])
    assert answer.status_code == 403
    assert "local_sign_in_needed" in answer.text
    assert "/sign-in?here=1" in answer.text
    assert house.watch.interlocks == before
    assert all(one["do"] == "show" for one in house.watch.heard)


async def test_a_captured_identity_provider_approves_nothing(house: House) -> None:
    """S-31: an approval is a signature by a key of the trust file, or a code; a sign-in is neither."""
    permit = await house.ask()
    house.enrol("petra")
    async with await vouched(house, "petra") as petra:
        page = await petra.get(f"/permits/{permit.id}")
        assert page.status_code == 200
        for path, fields in (
            ("code", {"right": "connect", "code": "000000"}),
            ("code", {"right": "connect"}),
        ):
            answer = await petra.post(f"/permits/{permit.id}/approve/{path}", data=fields)
            assert answer.status_code in {403, 409, 422}
        begun = await petra.post(f"/permits/{permit.id}/approve/begin", json={"right": "connect"})
        forged = {"ceremony": begun.json().get("ceremony", "x"), "credential": {"id": "x"}}
        answer = await petra.post(f"/permits/{permit.id}/approve/passkey", json=forged)
        assert answer.status_code >= 400
        answer = await petra.post(
            "/tokens", data={"label": "x", "days": "1", "scope": "decide", "code": "000000"}
        )
        assert answer.status_code == 403
    filed = await house.approvals.filed(permit.id)
    assert filed is not None
    assert (filed.state, filed.approvals) == ("requested", ())
    assert await house.desk.tokens.of(PersonId("petra")) == ()


async def test_whoever_came_in_by_the_provider_still_stops_what_is_wrong(house: House) -> None:
    permit = await house.ask()
    house.go_live(permit)
    async with await vouched(house, "milo") as milo:
        assert (await milo.post(f"/sessions/{SESSION}/pause", data={"reason": "look"})).status_code == 303
        assert (await milo.post(f"/sessions/{SESSION}/stop", data={"reason": "wrong"})).status_code == 303
        fields = {"scope": "vendor:brightwater", "reason": "wrong"}
        confirm = await milo.post("/plant/isolate/confirm", data=fields)
        assert confirm.status_code == 200
        done = await milo.post("/plant/isolate", data=fields | {"confirmed": fields["scope"]})
        assert done.status_code == 200
    assert "vendor:brightwater" in house.watch.interlocks.isolated


async def test_a_sign_in_at_the_plant_lifts_the_bound(house: House) -> None:
    async with await house.sign_in("milo") as milo:
        answer = await milo.post("/plant/states", data=OPENING["/plant/states"])
        assert answer.status_code == 303
