"""No page without somebody who looked at it: the browser's round goes by every page of the console."""

from broker.console.access import ACCESS, Door
from tests.journeys.test_pages import ROUND

NOT_PAGES = {
    "/voids.csv": "a file to take away",
    "/voids.json": "a file to take away",
    "/assurance/oscal": "a file to take away",
    "/evidence/sessions/{session}/cast/{channel}": "what the replay reads",
    "/evidence/sessions/{session}/case-file": "a file to take away",
    "/evidence/sessions/{session}/transactions.csv": "a file to take away",
    "/evidence/sessions/{session}/capture/{channel}": "a file to take away",
    "/evidence/sessions/{session}/screen/{screen}/stream": "what the replay of a screen reads",
    "/applications/{application}/draft": "a file to take away",
    "/": "leads on to the first page of whoever asks",
}


def test_every_page_of_the_console_is_on_the_round() -> None:
    pages = {
        path
        for (method, path), row in ACCESS.items()
        if method == "GET"
        and (row.door is Door.COOKIE or path in {"/sign-in", "/register", "/register/{link}"})
        and not row.polled
    }
    seen = {stop.route for stop in ROUND}
    assert pages - NOT_PAGES.keys() - seen == set(), "give each page a Stop on the ROUND"
    assert seen | NOT_PAGES.keys() <= pages, "no such page any more"
