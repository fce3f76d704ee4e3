"""Letting evidence go by script: drawn up, signed by SSH key, taken back once."""

import base64
from pathlib import Path

from approvals.armour import BEGIN, END
from domain.ids import PersonId
from domain.keeping import NAMESPACE
from tests.approvals.ssh import stock_key
from tests.broker.console.evidence.test_keeping import SUBJECT, begun
from tests.broker.console.house import SESSION, House

API = "/api/v1/retention"


async def test_two_ssh_keys_let_evidence_go(house: House, tmp_path: Path) -> None:
    """F12: by SSH key as by passkey."""
    await begun(house)
    async with house.client() as script:

        async def signs(person: str, **wish: str) -> dict[str, list[dict[str, str]]]:
            (tmp_path / person).mkdir()
            key = stock_key(tmp_path / person)
            house.trust = house.trust.with_signing_key(PersonId(person), key.enrolled())
            mine = await house.bearer(person)
            drawn = await script.post(f"{API}/statement", json=wish, headers=mine)
            assert drawn.is_success, drawn.text
            said = drawn.json()
            assert said["namespace"] == NAMESPACE
            signature = base64.b64encode(key.sign(said["statement"].encode(), NAMESPACE)).decode()
            body = {"ceremony": said["ceremony"], "statement": said["statement"]}
            body["signature"] = f"{BEGIN}\n{signature}\n{END}\n"
            done = await script.post(f"{API}/signed", json=body, headers=mine)
            assert done.is_success, done.text
            again = await script.post(f"{API}/signed", json=body, headers=mine)
            assert again.status_code == 409
            found: dict[str, list[dict[str, str]]] = done.json()
            return found

        stands = await signs("iris", deed="erase", subject=SUBJECT, reason="its term is over")
        (ask,) = stands["asks"]
        assert (ask["deed"], ask["subject"], ask["by"], ask["term"]) == ("erase", SUBJECT, "iris", "short")
        assert (await signs("petra", ask=ask["ask"]))["asks"] == []
        listed = await script.get(API, headers=await house.bearer("petra"))
        assert listed.json()["sessions"] == []
    assert [one["session"] for one in house.events("EvidenceErased")] == [SESSION]


async def test_what_may_go_is_listed_with_its_term_and_instants(house: House) -> None:
    await begun(house)
    async with house.client() as script:
        (one,) = (await script.get(API, headers=await house.bearer("iris"))).json()["sessions"]
    assert (one["session"], one["standing"], one["term"], one["code"]) == (SESSION, "may_go", "short", "")
    assert one["ended_at"] < one["may_go_at"] < one["due_at"]
