"""Every page for everybody it is for, once, with what waits and what has been on it."""

import pytest

from tests.broker.console.house import House


@pytest.mark.parametrize(
    ("person", "paths"),
    [
        ("ana", ["/request", "/permits", "/passkeys"]),
        (
            "petra",
            ["/queue", "/queue/rows", "/permits", "/sessions", "/plant", "/passkeys"],
        ),
        ("milo", ["/queue", "/permits", "/sessions", "/plant"]),
        ("iris", ["/permits", "/sessions", "/plant", "/evidence", "/evidence?kind=all&text=ana"]),
    ],
)
async def test_each_person_s_pages_are_there(house: House, person: str, paths: list[str]) -> None:
    permit = await house.ask()
    house.go_live(permit)
    async with await house.sign_in(person) as browser:
        for path in [*paths, *([f"/permits/{permit.id}"])]:
            answer = await browser.get(path)
            assert answer.status_code == 200, f"{path}: {answer.text}"
            assert "Riverside Water" in answer.text or "rows" in path


async def test_the_auditor_sees_a_session_from_request_to_recording(house: House) -> None:
    session = await house.record(await house.ask())
    async with await house.sign_in("iris") as browser:
        page = await browser.get(f"/evidence/sessions/{session}")
        assert page.status_code == 200
        assert page.text.index("PermitRequested") < page.text.index("SessionOpened")
        assert page.text.index("SessionOpened") < page.text.index("SessionEnded")
        replay = await browser.get(f"/evidence/sessions/{session}/replay/0")
        assert "'wasm-unsafe-eval'" in replay.headers["content-security-policy"]
        assert "'wasm-unsafe-eval'" not in page.headers["content-security-policy"]
        cast = await browser.get(f"/evidence/sessions/{session}/cast/0")
        assert cast.text.startswith('{"version": 2')
        verified = await browser.post(f"/evidence/sessions/{session}/verify")
        assert "PASS" in verified.text
        assert "The checkpoint is signed" in verified.text
        case = await browser.get(f"/evidence/sessions/{session}/case-file")
        assert case.headers["content-type"] == "application/zip"
    assert [one["what"] for one in house.events("EvidenceHandled")] == [
        "session page",
        "replay of channel 0",
        "cast of channel 0",
        "case file, verified here",
        "case file",
    ]


async def test_an_unknown_page_is_a_calm_page(house: House) -> None:
    async with house.client() as nobody:
        answer = await nobody.get("/no/such/page")
        assert answer.status_code == 404
        assert "There is no such page." in answer.text
