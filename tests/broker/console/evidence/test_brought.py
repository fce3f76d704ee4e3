import pytest

from broker.console.evidence import brought as module
from tests.broker.console.house import SESSION, House
from tests.recorder.cases import permit
from tests.recorder.honest_files import DOWN_SHA, EARLIER_SHA, FORMULA, NOW, visit
from tests.recorder.recordings import SESSION as TOLD

PAGE = f"/evidence/sessions/{TOLD}"


async def test_the_files_of_a_session_stand_on_its_page(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D15: name, size, SHA-256, verdict, who released it, how it ended and where its bytes lie."""
    await house.record(await house.ask())
    for one in visit(house.clock.now(), permit()):
        await house.ledger.append(one)
    async with await house.sign_in("iris") as iris:
        text = (await iris.get(PAGE)).text
        for said in (
            EARLIER_SHA, DOWN_SHA, NOW, "fw.bin", "scp:put", "sftp:get", "file_waits", "file_sparse", "2.0 kB", "Olga",
            "in the quarantine", "in the recording", "cut off", "turned away", FORMULA.replace('"', "&#34;"),
        ):  # fmt: skip
            assert said in text, said
        assert "The case file lists them all." not in text
        monkeypatch.setattr(module, "MOST_SHOWN", 1)
        assert "And 3 more." in (await iris.get(PAGE)).text
        assert 'id="files"' not in (await iris.get(f"/evidence/sessions/{SESSION}")).text
