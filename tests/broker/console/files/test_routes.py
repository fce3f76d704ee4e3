"""D15: vendors' files on the pages: who sees which, who may release one by passkey, and who is told no."""

import json
from html import unescape

import httpx2
import pytest

from broker.console.files.routes import MEANINGS, STATES, why
from tests.broker.console.files.bringing import FILE, OTHER, bring
from tests.broker.console.house import House


async def signs(house: House, person: str, file: str = FILE, **wish: str) -> httpx2.Response:
    """The whole ceremony by ``person``'s passkey."""
    device = house.devices.get(person) or house.enrol(person)  # type: ignore[call-overload]
    async with await house.sign_in(person) as browser:
        asked = {"reason": "It is the vendor's own.", "days": "7", "any_permit": "no"} | wish
        answer = await browser.post(f"/files/{file}/release/begin", json=asked)
        if not answer.is_success:
            return answer
        drawn = answer.json()
        said = {
            "ceremony": drawn["ceremony"],
            "statement": drawn["statement"],
            "credential": json.loads(device.get(json.dumps(drawn["options"]))),
        }
        return await browser.post(f"/files/{file}/release/passkey", json=said)


async def test_a_holder_releases_a_file_by_passkey_and_everybody_reads_it(house: House) -> None:
    await bring(house)
    async with await house.sign_in("petra") as browser:
        page = (await browser.get("/files")).text
        assert "fw.bin" in page
        assert "You can release it." in page
        sheet = (await browser.get(f"/files/{FILE}")).text
        assert "Sign the release" in sheet or "Register a passkey" in sheet
        assert "clamav 1.4: clean" in sheet
    assert (await signs(house, "petra")).json() == {"next": f"/files/{FILE}"}
    (leaf,) = house.events("FileReleased")
    assert (leaf["by"], leaf["right"], leaf["sha256"], leaf["permit"]) == (
        "petra",
        "connect",
        "ab" * 32,
        "p" * 26,
    )
    async with await house.sign_in("ana") as browser:
        mine = (await browser.get(f"/files/{FILE}")).text
        assert "Send the same file again" in mine
        assert "clamav" not in mine
    async with await house.sign_in("iris") as browser:
        assert "It is the vendor&#39;s own." in (await browser.get(f"/files/{FILE}")).text
    assert (await signs(house, "petra")).json()["code"] == "already_released"


async def test_a_file_is_nobody_s_business_but_its_own_people_s(house: House) -> None:
    await bring(house, name="\u202efw\x1b[2J")
    for person, status in (("ana", 200), ("petra", 200), ("iris", 200), ("vik", 404)):
        if person not in house.desk.parts.charter().people:
            continue
        async with await house.sign_in(person) as browser:
            assert (await browser.get(f"/files/{FILE}")).status_code == status, person
    async with await house.sign_in("petra") as browser:
        assert (await browser.get(f"/files/{OTHER}")).status_code == 404


async def test_who_may_not_release_or_too_late_is_told_and_nothing_is_filed(house: House) -> None:
    await bring(house)
    await bring(house, OTHER, code="file_not_scanned")
    assert (await signs(house, "petra", OTHER)).json()["code"] == "file_not_scanned"
    assert (await signs(house, "petra", days="0")).json()["code"] == "bad_until"
    assert (await signs(house, "petra", days="999")).json()["code"] == "bad_until"
    assert (await signs(house, "petra", reason=" ")).json()["code"] == "reason_missing"
    assert (await signs(house, "ana")).status_code == 403
    assert (await signs(house, "sven")).status_code in {403, 404, 409}
    assert house.events("FileReleased") == []


async def test_who_can_t_release_a_file_reads_who_can_or_what_it_waits_for(house: House) -> None:
    async with await house.sign_in("petra") as browser:
        assert "No file has been brought" in (await browser.get("/files")).text
    await bring(house)
    await bring(house, OTHER, code="file_not_scanned", name="late.bin")
    async with await house.sign_in("iris") as browser:
        assert "You can't release it; P. Vos" in unescape((await browser.get(f"/files/{FILE}")).text)
        assert "See to the scanner" in (await browser.get(f"/files/{OTHER}")).text
    async with await house.sign_in("petra") as browser:
        page = (await browser.get("/files")).text
        assert page.index("fw.bin") < page.index("late.bin")  # what she can release comes first


async def test_a_refusal_is_for_good_and_the_vendor_reads_why(house: House) -> None:
    await bring(house)
    async with await house.sign_in("petra") as browser:
        answer = await browser.post(f"/files/{FILE}/refuse", data={"reason": "Not agreed."})
        assert answer.status_code == 303
    (leaf,) = house.events("FileRefused")
    assert (leaf["by"], leaf["reason"]) == ("petra", "Not agreed.")
    async with await house.sign_in("ana") as browser:
        assert "Not agreed." in (await browser.get(f"/files/{FILE}")).text
    assert (await signs(house, "petra")).json()["code"] == "file_refused"


@pytest.mark.parametrize("code", ["file_found", "file_archive_bomb", "file_clean"])
def test_every_state_and_reason_has_its_words(code: str) -> None:
    assert why(code).endswith(".")
    assert STATES.keys() == MEANINGS.keys()
