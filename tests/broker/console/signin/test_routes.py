import json
import re
from datetime import timedelta
from http.cookies import SimpleCookie

import httpx2
import pytest

from broker.console.signin.routes import safe_path
from tests.approvals.authenticator import Authenticator
from tests.broker.console.house import ORIGIN, PASSWORD, House
from tests.for_each import for_each

NO = "That did not match."


class Tab:
    """A browser's cookies, kept as a browser keeps ``__Host-`` ones."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client
        self.cookies: dict[str, str] = {}

    async def send(self, method: str, path: str, **given: object) -> httpx2.Response:
        headers = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        answer = await self.client.request(method, path, headers=headers, **given)  # type: ignore[arg-type]
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                assert morsel["secure"]
                assert morsel["httponly"]
                assert morsel["samesite"].lower() == "strict"
                assert morsel["path"] == "/"
                assert not morsel["domain"]
                self.cookies[name] = morsel.value
        return answer

    async def sign_in(self, person: str, password: str, code: str, **more: str) -> httpx2.Response:
        page = await self.send("GET", "/sign-in")
        form = re.search(r'name="form" value="([^"]+)"', page.text)
        assert form
        fields = {"form": form[1], "person": person, "password": password, "code": code, "next": ""}
        return await self.send("POST", "/sign-in", data=fields | more)


@pytest.fixture
async def tab(house: House):  # noqa: ANN201
    for person in ("ana", "petra"):
        await house.account(person)
    async with house.client() as client:
        yield Tab(client)


async def test_password_and_code_together_sign_in_and_are_written_down(house: House, tab: Tab) -> None:
    """A02: in the console it takes both."""
    answer = await tab.sign_in("petra", PASSWORD, house.code("petra"), next="/queue")
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue")
    assert (await tab.send("GET", "/queue")).status_code == 200
    (signed,) = house.events("SignedIn")
    assert (signed["person"], signed["door"], signed["factors"]) == ("petra", "console", ["password", "totp"])


@pytest.mark.parametrize(
    ("person", "password", "good_code"),
    [
        pytest.param("petra", "wrong password here", True, id="wrong password"),
        pytest.param("petra", "", True, id="empty password"),
        pytest.param("petra", PASSWORD, False, id="wrong code"),
        pytest.param("sven", PASSWORD, True, id="no account"),
        pytest.param("nobody", PASSWORD, True, id="unknown name"),
        pytest.param("Petra", PASSWORD, True, id="another spelling"),
        pytest.param("petra\x00", PASSWORD, True, id="control character"),
    ],
)
async def test_every_failure_looks_alike(
    house: House, tab: Tab, person: str, password: str, good_code: bool
) -> None:
    """A09: one page and one status for each."""
    code = house.code("petra")
    answer = await tab.sign_in(person, password, code if good_code else "000000")
    assert answer.status_code == 401
    assert NO in answer.text
    assert "__Host-penstock" not in tab.cookies
    (failed,) = house.events("SignInFailed")
    assert failed["claimed"].isprintable()  # type: ignore[union-attr]
    assert PASSWORD not in str(failed)


async def test_abuse_37_a_code_signs_in_once(house: House, tab: Tab) -> None:
    """A03: a code that was seen is worth nothing."""
    code = house.code("petra")
    assert (await tab.sign_in("petra", PASSWORD, code)).status_code == 303
    await tab.send("POST", "/sign-in", data={})
    tab.cookies.pop("__Host-penstock")
    assert (await tab.sign_in("petra", PASSWORD, code)).status_code == 401


@pytest.mark.parametrize("spelt", ["full width", "spaced", "arabic"])
async def test_abuse_37_a_code_has_one_spelling(house: House, tab: Tab, spelt: str) -> None:
    code = house.code("petra")
    spellings = {
        "full width": code.translate({ord("0") + n: 0xFF10 + n for n in range(10)}),
        "spaced": f" {code}",
        "arabic": code.translate({ord("0") + n: 0x0660 + n for n in range(10)}),
    }
    assert (await tab.sign_in("petra", PASSWORD, spellings[spelt])).status_code == 401
    assert (await tab.sign_in("petra", PASSWORD, code)).status_code == 303


async def test_abuse_37_guessing_is_held_back_for_a_known_and_an_unknown_name_alike(
    house: House, tab: Tab
) -> None:
    for person in ("petra", "nobody"):
        for _ in range(3):
            assert (await tab.sign_in(person, "wrong password here", "000000")).status_code == 401
        answer = await tab.sign_in(person, PASSWORD, house.secrets and "000000")
        assert answer.status_code == 429
        assert "The local kill switch needs no sign-in" in answer.text
    codes = [one["code"] for one in house.events("SignInFailed")]
    assert codes.count("held_back") == 2


async def test_abuse_37_knocking_while_held_back_leaves_one_leaf_not_a_thousand(
    house: House, tab: Tab
) -> None:
    for _ in range(3):
        await tab.sign_in("petra", "wrong password here", "000000")
    for _ in range(20):
        assert (await tab.sign_in("petra", PASSWORD, "000000")).status_code == 429
    assert [one["code"] for one in house.events("SignInFailed")] == ["bad_password"] * 3 + ["held_back"]
    house.clock.advance(timedelta(seconds=3))
    await tab.sign_in("petra", "wrong password here", "000000")
    await tab.sign_in("petra", PASSWORD, "000000")
    assert [one["code"] for one in house.events("SignInFailed")][4:] == ["bad_password", "held_back"]


async def test_abuse_38_signing_in_gives_a_cookie_that_nobody_held_before(house: House, tab: Tab) -> None:
    """D07: fixation: what a browser brought is never made a session."""
    tab.cookies["__Host-penstock"] = "planted-by-an-attacker"
    await tab.sign_in("petra", PASSWORD, house.code("petra"))
    first = tab.cookies["__Host-penstock"]
    assert first != "planted-by-an-attacker"
    fields = {"form": "", "person": "ana", "password": PASSWORD, "code": house.code("ana")}
    assert (await tab.send("POST", "/sign-in", data=fields)).status_code == 403
    # A second person at the same browser ends the first one's session.
    form = "x" * 30
    tab.cookies["__Host-penstock-form"] = form
    again = await tab.send("POST", "/sign-in", data=fields | {"form": form, "code": house.code("ana")})
    assert again.status_code == 303
    assert tab.cookies["__Host-penstock"] != first
    assert await house.desk.browsers.find(first, active=True) is None


async def test_abuse_38_a_foreign_page_can_not_sign_anybody_in(house: House, tab: Tab) -> None:
    await tab.send("GET", "/sign-in")
    tab.client.headers["origin"] = "https://evil.example"
    fields = {
        "form": tab.cookies["__Host-penstock-form"],
        "person": "petra",
        "password": PASSWORD,
        "code": house.code("petra"),
    }
    assert (await tab.send("POST", "/sign-in", data=fields)).status_code == 403
    assert house.events("SignedIn") == []


async def test_nobody_signs_in_when_it_can_not_be_written_down(house: House, tab: Tab) -> None:
    house.ledger.failing = True
    answer = await tab.sign_in("petra", PASSWORD, house.code("petra"))
    assert answer.status_code == 503
    assert "__Host-penstock" not in tab.cookies


async def test_signing_out_ends_the_session_and_not_only_the_cookie(house: House) -> None:
    """D07: dead after close."""
    async with await house.sign_in("petra") as petra:
        answer = await petra.post("/sign-out", data={})
        assert answer.headers["location"] == "/sign-in"
        assert (await petra.get("/queue")).status_code == 401


async def _finish(tab: Tab, device: Authenticator) -> httpx2.Response:
    await tab.send("GET", "/sign-in")
    begun = (await tab.send("POST", "/sign-in/passkey/begin", json={})).json()
    credential = json.loads(device.get(json.dumps(begun["options"])))
    fields = {"ceremony": begun["ceremony"], "credential": credential, "next": "/queue"}
    tab.last = fields  # type: ignore[attr-defined]
    return await tab.send("POST", "/sign-in/passkey/finish", json=fields)


async def test_an_enrolled_passkey_signs_in(house: House, tab: Tab) -> None:
    answer = await _finish(tab, house.enrol("petra"))
    assert answer.json() == {"next": "/queue"}
    assert (await tab.send("GET", "/queue")).status_code == 200
    (signed,) = house.events("SignedIn")
    assert signed["factors"] == ["passkey"]


async def test_abuse_7_a_passkey_s_answer_signs_in_once_and_from_its_own_browser(
    house: House, tab: Tab
) -> None:
    """A03: a passkey's answer that was seen is worth nothing."""
    assert (await _finish(tab, house.enrol("petra"))).status_code == 200
    fields = tab.last  # type: ignore[attr-defined]
    await tab.send("GET", "/no-such-page")
    tab.cookies["__Host-penstock-form"] = "the same browser again"
    assert (await tab.send("POST", "/sign-in/passkey/finish", json=fields)).status_code == 401
    begun = (await tab.send("POST", "/sign-in/passkey/begin", json={})).json()
    credential = json.loads(house.devices["petra"].get(json.dumps(begun["options"])))  # type: ignore[index]
    tab.cookies["__Host-penstock-form"] = "another browser"
    fields = {"ceremony": begun["ceremony"], "credential": credential}
    assert (await tab.send("POST", "/sign-in/passkey/finish", json=fields)).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"verified": False},
        {"present": False},
        {"origin": "https://evil.example"},
        {"rp_id": "evil.example"},
        {"kind": "webauthn.create"},
    ],
    ids=str,
)
async def test_a_passkey_that_does_not_verify_signs_nobody_in(
    house: House, tab: Tab, change: dict[str, object]
) -> None:
    device = house.enrol("petra")
    for name, value in change.items():
        setattr(device, name, value)
    assert (await _finish(tab, device)).status_code == 401
    assert "__Host-penstock" not in tab.cookies


async def test_a_passkey_that_the_plant_never_enrolled_signs_nobody_in(house: House, tab: Tab) -> None:
    assert (await _finish(tab, Authenticator(ORIGIN))).status_code == 401


@pytest.mark.parametrize("credential", [None, {}, [], "x", {"id": 1}, {"id": "x", "rawId": "x"}], ids=str)
async def test_what_is_no_credential_signs_nobody_in(house: House, tab: Tab, credential: object) -> None:
    await tab.send("GET", "/sign-in")
    begun = (await tab.send("POST", "/sign-in/passkey/begin", json={})).json()
    fields = {"ceremony": begun["ceremony"], "credential": credential}
    assert (await tab.send("POST", "/sign-in/passkey/finish", json=fields)).status_code == 401


@pytest.mark.parametrize(
    ("person", "first"),
    [("petra", "/queue"), ("milo", "/queue"), ("ana", "/request"), ("iris", "/evidence")],
)
async def test_everybody_starts_where_something_waits_for_them(house: House, person: str, first: str) -> None:
    async with await house.sign_in(person) as browser:
        assert (await browser.get("/")).headers["location"] == first
        assert (await browser.get("/sign-in")).headers["location"] == "/"


async def test_a_vendor_starts_with_their_permits_while_one_of_them_runs(house: House) -> None:
    permit = await house.ask()
    async with await house.sign_in("ana") as ana:
        assert (await ana.get("/")).headers["location"] == "/permits"
    house.clock.advance(permit.window.end - house.clock.now())
    async with await house.sign_in("ana") as ana:
        assert (await ana.get("/")).headers["location"] == "/request"


@for_each(
    ("text", "path"),
    [
        ("/queue", "/queue"),
        ("/evidence?kind=all", "/evidence?kind=all"),
        ("", "/"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/x\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/x\r\nSet-Cookie: y=z", "/"),
        ("evil", "/"),
    ],
)
def test_sign_in_leads_to_this_console_only(text: str, path: str) -> None:
    assert safe_path(text) == path


async def test_a_used_code_is_named_as_one_and_holds_nobody_back(house: House, tab: Tab) -> None:
    code = house.code("petra")
    assert (await tab.sign_in("petra", PASSWORD, code)).status_code == 303
    tab.cookies.clear()
    for _ in range(12):
        answer = await tab.sign_in("petra", PASSWORD, code)
        assert answer.status_code == 401
        assert "This code was used already. Wait for the next one your authenticator shows (" in answer.text
    assert (await tab.sign_in("petra", PASSWORD, house.code("petra"))).status_code == 303
    assert {one["code"] for one in house.events("SignInFailed")} == {"used_code"}


async def test_who_does_not_know_the_password_never_learns_that_a_code_was_used(
    house: House, tab: Tab
) -> None:
    """A09: a used code is named to who knows the password."""
    code = house.code("petra")
    await tab.sign_in("petra", PASSWORD, code)
    tab.cookies.clear()
    answer = await tab.sign_in("petra", "something else", code)
    assert answer.status_code == 401
    assert "used already" not in answer.text


async def test_abuse_37_guessing_with_passkeys_holds_back_the_address_and_nobody_s_name(
    house: House, tab: Tab
) -> None:
    stranger = Authenticator(ORIGIN)
    answers = [(await _finish(tab, stranger)).status_code for _ in range(16)]
    assert answers == [401] * 15 + [429]
    assert house.events("SignInFailed")[-1]["code"] == "held_back"
    # Whoever has a passkey comes in all the same: it can't be guessed, and they may be on their way to the switch.
    device = house.enrol("petra")
    assert (await _finish(tab, device)).status_code == 200
    assert not await house.desk.accounts.held_back("petra", "203.0.113.9")
