"""Subscribing one's own browser: for oneself only, to a push service that the plant names, told to the ledger first."""

from collections.abc import Mapping

import httpx2
import pytest

from broker.notices.channels.sealed import in_base64
from broker.notices.subscriptions import Offer, Subscriptions
from domain.canonical import Json
from domain.ids import PersonId
from tests.broker.console.house import House
from tests.broker.notices.channels.receivers import Receiver

PETRA = PersonId("petra")
BROWSER = Receiver().browser
KEYS = {"p256dh": in_base64(BROWSER.p256dh), "auth": in_base64(BROWSER.auth)}
OFFER = Offer("the-public-key", ("push.example",))


@pytest.fixture
def offering(house: House) -> House:
    object.__setattr__(house.desk.parts, "push", OFFER)
    return house


async def subscribed(
    browser: httpx2.AsyncClient, endpoint: str = "https://push.example/secret-path", **more: Json
) -> httpx2.Response:
    body: Mapping[str, Json] = {"endpoint": endpoint, "keys": KEYS, "label": "Linux", **more}
    return await browser.post("/told/browsers", json=body)


async def test_a_browser_is_added_shown_told_of_and_taken_off(offering: House) -> None:
    """B06: by whom and when is in the ledger; the address, which is a secret, nowhere but in its file."""
    async with await offering.sign_in("petra") as petra:
        assert 'data-push="the-public-key"' in (await petra.get("/told/choices")).text
        assert (await subscribed(petra)).json() == {"next": "/told/choices?kept=1"}
        page = (await petra.get("/told/choices")).text
        assert "Linux" in page
        assert "secret-path" not in page
        assert "A browser was added where you read your notices" in (await petra.get("/told")).text
        ((kept,), (made,)) = Subscriptions(offering.notices).of(PETRA), offering.events("NoticeChoiceMade")
        assert (kept.subscription.browser, made["person"], made["by"]) == (BROWSER, "petra", "petra")
        assert (await petra.post(f"/told/browsers/{kept.number}/end", data={"x": "x"})).status_code == 303
        assert "Linux" not in (await petra.get("/told/choices")).text
        assert (await petra.post(f"/told/browsers/{kept.number}/end", data={"x": "x"})).status_code == 404
    assert Subscriptions(offering.notices).of(PETRA) == ()


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://169.254.169.254/latest/meta-data",
        "http://push.example/x",
        "https://push.example:22/x",
        "https://localhost/",
        "",
    ],
)
async def test_a_push_service_that_the_plant_does_not_name_is_refused(offering: House, endpoint: str) -> None:
    async with await offering.sign_in("petra") as petra:
        answer = await subscribed(petra, endpoint)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_choice")
    assert Subscriptions(offering.notices).of(PETRA) == ()
    assert offering.events("NoticeChoiceMade") == []


async def test_nobody_takes_off_another_s_browser(offering: House) -> None:
    async with await offering.sign_in("petra") as petra, await offering.sign_in("ana") as ana:
        await subscribed(petra)
        ((kept),) = Subscriptions(offering.notices).of(PETRA)
        for number in (str(kept.number), "x", "-1", "9" * 40):
            assert (await ana.post(f"/told/browsers/{number}/end", data={"x": "x"})).status_code == 404
    assert len(Subscriptions(offering.notices).of(PETRA)) == 1


async def test_where_web_push_is_off_nothing_is_offered_or_taken(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        assert "data-push" not in (await petra.get("/told/choices")).text
        assert (await subscribed(petra)).status_code == 404


async def test_nothing_is_kept_that_the_ledger_can_not_be_told_of(offering: House) -> None:
    offering.ledger.failing = True
    async with await offering.sign_in("petra") as petra:
        assert (await subscribed(petra)).status_code == 503
    assert Subscriptions(offering.notices).of(PETRA) == ()
