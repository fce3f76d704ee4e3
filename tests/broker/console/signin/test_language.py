import pytest

from broker.console.pages import LANGUAGE_COOKIE
from tests.broker.console.house import House


async def test_a_choice_counts_from_the_next_page_on_and_is_kept(house: House) -> None:
    async with house.client() as browser:
        page = await browser.get("/sign-in")
        assert '<html lang="en">' in page.text
        assert page.headers["content-language"] == "en"
        assert "accept-language" in page.headers["vary"]
        answer = await browser.post("/language", data={"language": "de", "back": "/sign-in?x=1"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?x=1")
        kept = answer.headers["set-cookie"]
        assert kept.startswith(f"{LANGUAGE_COOKIE}=de;")
        assert {"Secure", "HttpOnly"} <= set(kept.split("; "))
        page = await browser.get("/sign-in", headers={"cookie": f"{LANGUAGE_COOKIE}=de"})
        assert '<html lang="de">' in page.text
        assert page.headers["content-language"] == "de"
        assert "Anmelden" in page.text


async def test_a_browser_that_asks_for_german_gets_it_unasked(house: House) -> None:
    async with house.client() as browser:
        page = await browser.get("/sign-in", headers={"accept-language": "de-DE,de;q=0.9,en;q=0.5"})
        assert "Anmelden" in page.text


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
async def test_a_choice_leads_nowhere_else(house: House, back: str) -> None:
    async with house.client() as browser:
        answer = await browser.post("/language", data={"language": "de", "back": back})
        assert answer.headers["location"] == "/"


async def test_a_language_that_there_is_not_and_another_site_s_choice_change_nothing(house: House) -> None:
    async with house.client() as browser:
        answer = await browser.post("/language", data={"language": "tlh", "back": "/"})
        assert answer.status_code == 422
        assert LANGUAGE_COOKIE not in answer.headers.get("set-cookie", "")
        foreign = {"origin": "https://evil.example"}
        answer = await browser.post("/language", data={"language": "de"}, headers=foreign)
        assert answer.status_code == 403


async def test_a_no_to_a_page_s_script_is_in_its_reader_s_language_and_one_to_the_api_is_not(
    house: House,
) -> None:
    async with house.client() as browser:
        german = {"accept-language": "de", "accept": "application/json"}
        page = (await browser.get("/nothing-here", headers=german)).json()
        api = (await browser.get("/api/v1/nothing-here", headers=german)).json()
        assert (page["code"], api["code"]) == ("not_found", "not_found")
        assert api["detail"] == "There is no such page."
        assert page["detail"] == "Diese Seite gibt es nicht."
