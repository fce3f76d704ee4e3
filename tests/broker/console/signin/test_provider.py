"""Signing in by an identity provider: here one that may lie; ``tests/peers/test_identity_provider.py`` has a real one."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from broker.console.signin.provider import WITHIN
from broker.watchdog.interlocks import Isolate, apply
from domain.ids import PersonId
from domain.parties import Binding
from tests.broker.console.house import PASSWORD, House
from tests.broker.people.test_oidc_provider import provider
from tests.policies.plant import charter, charter_with
from tests.provider.lying import SUBJECT, Liar, logout_claims, lying_provider, signed

BACK = "/sign-in/provider/back"
LAX = "__Host-penstock-provider"
SIGNED_IN = "__Host-penstock"


class Browser:
    """Cookies as a browser keeps them: a strict one does not come along when another site sent it here."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client
        self.cookies: dict[str, tuple[str, str]] = {}

    async def send(
        self, method: str, path: str, *, from_elsewhere: bool = False, **given: Any
    ) -> httpx2.Response:
        sent = [
            f"{name}={value}"
            for name, (value, site) in self.cookies.items()
            if site == "lax" or not from_elsewhere
        ]
        answer = await self.client.request(method, path, headers={"cookie": "; ".join(sent)}, **given)
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                assert morsel["secure"]
                assert morsel["httponly"]
                assert morsel["path"] == "/"
                if morsel.value and morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value, morsel["samesite"].lower()
                else:
                    self.cookies.pop(name, None)
        return answer

    async def begin(self, wanted: str = "") -> dict[str, str]:
        """To the provider; what it is asked."""
        page = await self.send("GET", "/sign-in?here=1")
        form = re.search(r'name="form" value="([^"]+)"', page.text)
        assert form
        answer = await self.send("POST", "/sign-in/provider", data={"form": form[1], "next": wanted})
        assert answer.status_code == 200, answer.text
        url = answer.headers["refresh"].removeprefix("0; url=")
        return dict(parse_qsl(urlsplit(url).query))

    async def back(self, **answer: str) -> httpx2.Response:
        """From the provider, as another site sends one."""
        return await self.send("GET", BACK, params=answer, from_elsewhere=True)


@pytest.fixture
async def liar(house: House) -> AsyncIterator[Liar]:
    async with lying_provider(now=house.clock.now()) as one:
        object.__setattr__(house.desk.parts, "provider", provider(one, house.clock))
        petra = charter().people[PersonId("petra")]
        bound = replace(petra, bindings=(Binding(one.issuer, SUBJECT),))
        house.charter = charter_with(people={**charter().people, petra.id: bound})
        yield one


@pytest.fixture
async def browser(house: House, liar: Liar) -> AsyncIterator[Browser]:
    async with house.client() as client:
        yield Browser(client)


async def signed_in(browser: Browser, liar: Liar) -> httpx2.Response:
    asked = await browser.begin("/queue")
    liar.nonce = asked["nonce"]
    return await browser.back(code="c0de", state=asked["state"])


def codes(house: House) -> list[object]:
    return [one["code"] for one in house.events("SignInFailed")]


async def test_whom_the_charter_binds_is_signed_in_and_it_is_written_down(
    house: House, liar: Liar, browser: Browser
) -> None:
    answer = await signed_in(browser, liar)
    assert answer.status_code == 200
    assert answer.headers["refresh"] == "0; url=/queue", (
        "a page of ours goes on, so that the strict cookie comes along"
    )
    assert browser.cookies[SIGNED_IN][1] == "strict"
    assert LAX not in browser.cookies
    assert (await browser.send("GET", "/queue")).status_code == 200
    (signed,) = house.events("SignedIn")
    assert (signed["person"], signed["factors"]) == ("petra", ["oidc"])
    assert "the identity provider" in (await browser.send("GET", "/sign-ins")).text


@pytest.mark.parametrize(
    ("wanted", "gone_to"),
    [
        ("/permits?q=\N{EURO SIGN}", "/permits?q=%E2%82%AC"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/x\r\nset-cookie: a=b", "/"),
        ("/queue;url=//evil.example", "/queue;url=//evil.example"),
    ],
)
async def test_whoever_signed_in_goes_on_within_this_console(
    liar: Liar, browser: Browser, wanted: str, gone_to: str
) -> None:
    asked = await browser.begin(wanted)
    liar.nonce = asked["nonce"]
    answer = await browser.back(code="c0de", state=asked["state"])
    assert answer.headers["refresh"] == f"0; url={gone_to}"


async def test_nobody_is_known_by_a_name_or_an_address_and_nobody_is_made(
    house: House, liar: Liar, browser: Browser
) -> None:
    liar.id_claims = {
        "sub": "00u2",
        "email": "petra@riverside.example",
        "preferred_username": "petra",
        "name": "petra",
    }
    answer = await signed_in(browser, liar)
    assert answer.status_code == 403
    assert "unknown_subject" in answer.text
    assert "Olga Brandt" in answer.text, "whom to ask: who holds the right identity"
    assert SIGNED_IN not in browser.cookies
    assert codes(house) == ["unknown_subject"]
    assert house.events("SignedIn") == []


async def test_the_same_subject_of_another_issuer_is_somebody_else(
    house: House, liar: Liar, browser: Browser
) -> None:
    petra = charter().people[PersonId("petra")]
    bound = replace(petra, bindings=(Binding("https://other.example", SUBJECT),))
    house.charter = charter_with(people={**charter().people, petra.id: bound})
    assert (await signed_in(browser, liar)).status_code == 403
    assert codes(house) == ["unknown_subject"]


async def test_whom_the_plant_has_shut_out_is_not_signed_in(
    house: House, liar: Liar, browser: Browser
) -> None:
    house.watch.interlocks = apply(house.watch.interlocks, Isolate("person:petra", "x", "left"))
    answer = await signed_in(browser, liar)
    assert answer.status_code == 403
    assert "person_shut_out" in answer.text
    assert codes(house) == ["person_shut_out"]


async def test_an_answer_is_taken_once_in_the_browser_that_asked_and_in_time(
    house: House, liar: Liar, browser: Browser
) -> None:
    """A03: a captured answer, a code that was slipped in, and one that comes late sign nobody in."""
    asked = await browser.begin()
    liar.nonce = asked["nonce"]
    async with house.client() as stranger:
        other = Browser(stranger)
        theirs = await other.begin()
        assert (await other.back(code="c0de", state=asked["state"])).status_code == 403
        assert (await other.back(code="c0de", state="x" * 32)).status_code == 403
        assert (await other.back(code="c0de")).status_code == 403
        # A code of the attacker's own, slipped into this browser, does not fit its verifier and nonce.
        assert theirs["nonce"] != asked["nonce"]
        assert theirs["code_challenge"] != asked["code_challenge"]
        bare = await stranger.get(BACK, params={"code": "c0de", "state": asked["state"]})
        assert bare.status_code == 403
    before = len(codes(house))
    assert (await browser.back(code="c0de", state=asked["state"])).status_code == 200
    assert (await browser.back(code="c0de", state=asked["state"])).status_code == 403
    asked = await browser.begin()
    house.clock.advance(WITHIN)
    assert (await browser.back(code="c0de", state=asked["state"])).status_code in {403, 429}
    assert set(codes(house)) <= {"oidc_state", "held_back"}
    assert len(codes(house)) > before


async def test_a_code_of_somebody_else_that_is_slipped_in_does_not_fit(
    house: House, liar: Liar, browser: Browser
) -> None:
    asked = await browser.begin()
    liar.nonce = "n" * 43  # what the other's token carries
    answer = await browser.back(code="stolen", state=asked["state"])
    assert answer.status_code == 403
    assert codes(house) == ["oidc_nonce"]
    assert SIGNED_IN not in browser.cookies


async def test_an_answer_that_names_a_thing_twice_is_refused(
    house: House, liar: Liar, browser: Browser
) -> None:
    asked = await browser.begin()
    twice = f"{BACK}?code=a&code=b&state={asked['state']}"
    assert (await browser.send("GET", twice, from_elsewhere=True)).status_code == 403
    long = f"{BACK}?code={'x' * 5000}&state={asked['state']}"
    assert (await browser.send("GET", long, from_elsewhere=True)).status_code == 403
    assert codes(house) == ["oidc_state", "oidc_state"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param({"id_claims": {"aud": "another"}}, "oidc_audience", id="for another"),
        pytest.param({"id_claims": {"exp": 1}}, "oidc_expired", id="expired"),
        pytest.param({"hang": {"/token"}}, "oidc_slow", id="slow"),
    ],
)
async def test_every_no_has_its_code_on_the_page_and_in_the_ledger(
    house: House, liar: Liar, browser: Browser, given: dict[str, Any], code: str
) -> None:
    object.__setattr__(house.desk.parts, "provider", provider(liar, house.clock, timeout_s=0.5))
    for name, value in given.items():
        setattr(liar, name, value)
    answer = await signed_in(browser, liar)
    assert answer.status_code == 403
    assert code in answer.text
    assert "Olga Brandt" not in answer.text, "nobody at the plant can change that"
    assert codes(house) == [code]


async def test_while_the_provider_is_away_local_sign_in_goes_on(
    house: House, liar: Liar, browser: Browser
) -> None:
    """S-31: the loss of the corporate identity provider changes nothing at the plant's own doors."""
    liar.hang.add("/.well-known/openid-configuration")
    object.__setattr__(house.desk.parts, "provider", provider(liar, house.clock, timeout_s=0.2))
    await house.account("petra")
    page = await browser.send("GET", "/sign-in")
    form = re.search(r'name="form" value="([^"]+)"', page.text)
    assert form
    answer = await browser.send("POST", "/sign-in/provider", data={"form": form[1], "next": ""})
    assert answer.status_code == 503
    assert "oidc_slow" in answer.text
    assert "One-time code" in answer.text, "the way in that needs no provider is on the same page"
    fields = {
        "form": form[1],
        "person": "petra",
        "password": PASSWORD,
        "code": house.code("petra"),
        "next": "",
    }
    assert (await browser.send("POST", "/sign-in", data=fields)).status_code == 303
    assert (await browser.send("GET", "/queue")).status_code == 200


async def test_a_page_of_another_origin_begins_nothing(house: House, liar: Liar) -> None:
    async with house.client() as client:
        evil = {"origin": "https://evil.example"}
        assert (await client.post("/sign-in/provider", data={"form": "x"}, headers=evil)).status_code == 403
        assert (await client.post("/sign-in/provider", data={"form": "x"})).status_code == 403
    assert liar.asked == []


async def test_a_plant_without_a_provider_has_none_of_its_doors(house: House) -> None:
    async with house.client() as client:
        assert "/sign-in/provider" not in (await client.get("/sign-in")).text
        for method, path in (("POST", ""), ("GET", "/back"), ("POST", "/logout")):
            answer = await client.request(
                method, f"/sign-in/provider{path}", data={"form": "x"} if method == "POST" else None
            )
            assert answer.status_code == 404


# -- being signed out by the provider --------------------------------------------------------------


async def logout(house: House, token: str, **headers: str) -> httpx2.Response:
    async with house.client() as script:
        del script.headers["origin"]
        return await script.post("/sign-in/provider/logout", data={"logout_token": token}, headers=headers)


async def test_the_provider_s_logout_ends_that_browser_s_sign_in_at_once_and_is_written_down(
    house: House, liar: Liar, browser: Browser
) -> None:
    await signed_in(browser, liar)
    async with await house.sign_in("petra") as local:
        answer = await logout(house, signed(logout_claims(liar.issuer, house.clock.now()), typ="logout+jwt"))
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert (await browser.send("GET", "/queue")).status_code == 401
        assert (await local.get("/queue")).status_code == 200, "what the plant signed in, the plant signs out"
    (told,) = house.events("SignedOut")
    assert (told["person"], told["by"], told["door"]) == ("petra", f"provider:{liar.issuer}", "console")


async def test_a_logout_token_counts_once_and_only_for_its_own(
    house: House, liar: Liar, browser: Browser
) -> None:
    """A03."""
    await signed_in(browser, liar)
    other = signed(logout_claims(liar.issuer, house.clock.now(), sid="sid-2", jti="jti-2"), typ="logout+jwt")
    assert (await logout(house, other)).status_code == 200
    assert (await browser.send("GET", "/queue")).status_code == 200
    again = await logout(house, other)
    assert again.status_code == 400
    assert "oidc_replayed" in again.json()["error_description"]


@pytest.mark.parametrize(
    "changes",
    [{"events": None}, {"nonce": "x"}, {"aud": "another"}, {"iss": "https://evil.example"}],
    ids=str,
)
async def test_a_logout_token_that_is_none_ends_nothing(
    house: House, liar: Liar, browser: Browser, changes: dict[str, Any]
) -> None:
    await signed_in(browser, liar)
    answer = await logout(
        house, signed(logout_claims(liar.issuer, house.clock.now(), **changes), typ="logout+jwt")
    )
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
    assert (await browser.send("GET", "/queue")).status_code == 200
    assert house.events("SignedOut") == []
    async with house.client() as script:
        assert (await script.post("/sign-in/provider/logout", json={})).status_code == 400


async def test_a_stream_of_that_browser_ends_with_its_sign_in(
    house: House, liar: Liar, browser: Browser
) -> None:
    await signed_in(browser, liar)
    token = signed(logout_claims(liar.issuer, house.clock.now()), typ="logout+jwt")

    sent = "; ".join(f"{name}={value}" for name, (value, _site) in browser.cookies.items())
    # The stream's own answer comes once it ended: the ASGI transport keeps it until then.
    async with house.client() as watching, asyncio.TaskGroup() as group:
        watched = group.create_task(watching.get("/sessions/live", headers={"cookie": sent}, timeout=60))
        while not house.desk.streams._open[PersonId("petra")]:
            await asyncio.sleep(0)
        logged_out = (await logout(house, token)).status_code == 200
        messages = (await watched).text.splitlines()
    assert logged_out
    assert "event: over" in messages
