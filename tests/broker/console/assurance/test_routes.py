import io
import json
from zipfile import ZipFile

import pytest

from tests.broker.console.house import House
from tests.oscal_schemas import faults
from tests.policies.assurance.leaves import DAY, a_session, applied
from tests.policies.assurance.test_register_items import drawing


async def evidence(house: House) -> None:
    """A charter in force, a session as it ought to be, and a drawing that is too old."""
    now = house.clock.now()
    kept = house.desk.parts.assurance
    assert kept is not None
    digest = kept.documents.keep(b"%PDF-1.7 a drawing")
    for event in (
        applied(now - 3 * DAY),
        *a_session("e", now - 2 * DAY),
        drawing(made=now - 400 * DAY, digest=digest),
    ):
        await house.ledger.append(event)


async def test_the_page_says_how_every_control_stands_in_one_scale_for_it_and_ot(house: House) -> None:
    """S-15, J08: status, maturity, risk, currency; each zone and each framework."""
    await evidence(house)
    async with await house.sign_in("iris") as iris:
        text = (await iris.get("/assurance")).text
        assert text.count("/assurance/controls/") == 40
        for zone in (
            "Operations",
            "NIS2 implementing regulation",
            "for reference",
            "IT and OT, zone by zone",
        ):
            assert zone in text
        zone = (await iris.get("/assurance?zone=operations&lens=NIS2-IR")).text
        assert 0 < zone.count("/assurance/controls/") < 40
        for wrong in ("zone=moon", "lens=GDPR"):
            assert (await iris.get(f"/assurance?{wrong}")).status_code == 404


async def test_a_control_opens_down_to_the_leaf(house: House) -> None:
    """J08, G13: what is wrong, what it rests on, of which leaf, and how many tests it passed."""
    await evidence(house)
    async with await house.sign_in("iris") as iris:
        text = (await iris.get("/assurance/controls/BC-02?zone=operations")).text
        assert "satisfied" in text
        assert f"/evidence/sessions/{'e' * 26}" in text
        assert "1 of 1" in text
        text = (await iris.get("/assurance/controls/BC-09?zone=operations")).text
        assert "it is past its end" in text
        assert (await iris.get("/assurance/controls/BC-99")).status_code == 404
    async with await house.sign_in("petra") as petra:
        text = (await petra.get("/assurance/controls/BC-02?zone=operations")).text
        assert "e" * 26 in text
        assert "/evidence/sessions/" not in text


async def test_the_boards_page_names_who_answers_for_each_boundary(house: House) -> None:
    """S-09: with voids, exceptions, stale evidence and how long decisions took."""
    await evidence(house)
    async with await house.sign_in("petra") as petra:
        text = (await petra.get("/assurance/board")).text
    for said in (
        "Report to the board",
        "Petra Vos",
        "deputy Deniz Aydin",
        "EV-ZCM",
        "Until a decision",
        "0 open",
    ):
        assert said in text
    house.clock.advance(400 * DAY)
    async with await house.sign_in("iris") as iris:
        text = (await iris.get("/assurance/board")).text
    assert "nobody" in text


async def test_oscal_is_taken_away_as_a_zip_after_the_ledger_was_told(house: House) -> None:
    """G03: what a browser takes away validates; that somebody took it is a leaf."""
    await evidence(house)
    async with await house.sign_in("iris") as iris:
        taken = await iris.get("/assurance/oscal?zone=operations")
        archive = ZipFile(io.BytesIO(taken.content))
        for name in archive.namelist():
            assert faults(json.loads(archive.read(name))) == []
        assert house.events("EvidenceViewed")[-1]["how"] == "export oscal"
        house.ledger.failing = True
        assert (await iris.get("/assurance/oscal")).status_code >= 500
        house.ledger.failing = False


@pytest.mark.parametrize(
    "path", ["/assurance", "/assurance/controls/BC-02", "/assurance/board", "/assurance/oscal"]
)
async def test_a_vendor_sees_nothing_of_it(house: House, path: str) -> None:
    async with await house.sign_in("ana") as ana:
        assert (await ana.get(path)).status_code == 403
