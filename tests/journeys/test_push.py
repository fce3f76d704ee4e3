"""Notices in the browser itself: the worker shows what was pushed, and says so when no push service can be reached."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from broker.notices.channels.sealed import in_base64, public_bytes
from broker.notices.subscriptions import Offer
from tests.broker.notices.channels.receivers import Receiver
from tests.journeys.browsing import CHROMIUM, Site, launched

pytestmark = [
    pytest.mark.skipif(
        not CHROMIUM.exists(), reason="needs /usr/bin/chromium: without windows it shows no notices"
    ),
    pytest.mark.timeout(120),
]

TOLD = {"title": "A permit waits", "link": "/told", "tag": "one", "urgent": True}
SHOWN = """async () => {
  const here = await navigator.serviceWorker.getRegistration("/static/");
  return (await here.getNotifications()).map((one) => [one.title, one.tag, one.data.link, one.requireInteraction]);
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The one that shows notices."""
    async with launched(CHROMIUM) as running:
        yield running


async def test_a_pushed_notice_is_shown_with_its_link_while_no_page_asks(site: Site) -> None:
    offer = Offer(in_base64(public_bytes(Receiver().key)), ("push.example",))
    object.__setattr__(site.house.desk.parts, "push", offer)
    async with site.visit("push", width=360, height=740, scheme="light") as petra:
        await petra.context.grant_permissions(["notifications"], origin=site.origin)
        line = await petra.context.new_cdp_session(petra.page)
        known: asyncio.Queue[str] = asyncio.Queue()
        line.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda told: [known.put_nowait(one["registrationId"]) for one in told["registrations"]],
        )
        await line.send("ServiceWorker.enable")
        await petra.sign_in("petra")
        await petra.go("/told/choices")
        await petra.look("offered")
        petra.expected = (
            "Push API in incognito",
        )  # nor is any push service reached from here: the page says so
        await petra.page.click("[data-push]")
        await petra.page.wait_for_selector("[data-push-problem] >> text=push service can't be reached")
        await petra.look("not-reached")
        registration = await asyncio.wait_for(known.get(), 10)
        await line.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": site.origin, "registrationId": registration, "data": json.dumps(TOLD)},
        )
        async with asyncio.timeout(10):
            while not (shown := await petra.page.evaluate(SHOWN)):
                await asyncio.sleep(0.05)
        assert shown == [["A permit waits", "one", "/told", True]]
