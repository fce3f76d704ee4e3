import csv
import hashlib
from io import StringIO

import pytest

from broker.console.evidence import transactions as module
from broker.reading.transactions import COLUMNS
from tests.broker.console.house import SESSION, House

PAGE = f"/evidence/sessions/{SESSION}/transactions"
READ = "unit 3: read holding registers, holding registers 41 to 42: 340, 17"


async def test_each_transaction_stands_in_the_list_and_leads_to_its_moment_in_the_replay(
    house: House,
) -> None:
    await house.record(await house.ask())
    await house.forwarded()
    async with await house.sign_in("iris") as iris:
        assert f'href="{PAGE}"' in (await iris.get(f"/evidence/sessions/{SESSION}")).text
        answer = await iris.get(PAGE)
    assert answer.status_code == 200
    for said in (READ, "refused: modbus_function_not_permitted", "write single coil, coil 1", "1 to 2 of 2"):
        assert said in answer.text
    for second in (3, 64):
        assert f"/evidence/sessions/{SESSION}/replay/0?at={second}" in answer.text
    assert house.events("EvidenceHandled")[-1]["what"] == "transactions, from row 0 on"


async def test_a_long_list_comes_page_by_page(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE_ROWS", 1)
    await house.record(await house.ask())
    await house.forwarded()
    async with await house.sign_in("iris") as iris:
        first = (await iris.get(PAGE)).text
        assert (READ in first, "from=1" in first, "write single coil" in first) == (True, True, False)
        second = (await iris.get(f"{PAGE}?from=1")).text
        assert (READ in second, "from=0" in second, "write single coil" in second) == (False, True, True)


async def test_of_many_channels_the_first_have_a_button(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_CAPTURES", 0)
    await house.record(await house.ask())
    await house.forwarded()
    async with await house.sign_in("iris") as iris:
        text = (await iris.get(PAGE)).text
    assert ("And 2 more." in text, "/capture/" in text) == (True, False)


async def test_what_is_taken_away_stands_in_the_custody_log_with_its_hash(house: House) -> None:
    """G07: the list and each capture, before they leave."""
    await house.record(await house.ask())
    await house.forwarded()
    async with await house.sign_in("iris") as iris:
        listed = await iris.get(f"{PAGE}.csv", params={"purpose": "pump 7"})
        captured = await iris.get(f"/evidence/sessions/{SESSION}/capture/0", params={"purpose": "pump 7"})
    rows = list(csv.reader(StringIO(listed.text)))
    assert rows[0] == list(COLUMNS)
    assert rows[1][-1] == READ
    assert captured.content == b"\n\r\r\n"
    told = [one for one in house.events("EvidenceHandled") if one["deed"] == "export"]
    assert [(one["what"], one["purpose"], one["copy_sha256"]) for one in told] == [
        ("transactions, CSV", "pump 7", hashlib.sha256(listed.content).hexdigest()),
        ("capture of channel 0, pcapng", "pump 7", hashlib.sha256(captured.content).hexdigest()),
    ]
    assert listed.headers["content-disposition"].endswith(f'transactions-{SESSION}.csv"')
    assert captured.headers["content-disposition"].endswith('channel-0.pcapng"')


async def test_a_session_without_a_native_protocol_has_none_of_it(house: House) -> None:
    await house.record(await house.ask())
    async with await house.sign_in("iris") as iris:
        assert "transactions" not in (await iris.get(f"/evidence/sessions/{SESSION}")).text
        for path in (PAGE, f"{PAGE}.csv", f"/evidence/sessions/{SESSION}/capture/0"):
            assert (await iris.get(path)).status_code == 404
        await house.forwarded()
        assert (await iris.get(f"/evidence/sessions/{SESSION}/capture/7")).status_code == 404
        for name in ("x", "z" * 26):
            assert (await iris.get(f"/evidence/sessions/{name}/transactions")).status_code == 404


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}.csv", f"/evidence/sessions/{SESSION}/capture/0"])
async def test_nobody_has_it_when_that_can_not_be_written_down(house: House, path: str) -> None:
    await house.record(await house.ask())
    await house.forwarded()
    async with await house.sign_in("iris") as iris:
        house.ledger.failing = True
        answer = await iris.get(path)
    assert answer.status_code == 503
    assert READ not in answer.text
