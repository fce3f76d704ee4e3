import csv
import json
from dataclasses import replace
from datetime import timedelta

import httpx2

from broker.console.voids.routes import AHEAD
from domain.events import GlassBroken
from domain.ids import PermitId, PersonId
from domain.window import TimeWindow
from policies.charter.void import void_report
from tests.approvals.authenticator import Authenticator
from tests.broker.console.house import House
from tests.policies.plant import charter, charter_with
from tests.policies.test_exceptions import ONE as TOLERATED

SUBJECT = "right:connect@riverside"


async def test_the_report_names_every_void_of_today_and_who_holds_what(house: House) -> None:
    """J01, S-09: the answerable person of each boundary."""
    found = void_report(charter(), house.clock.now()).voids
    async with await house.sign_in("iris") as iris:
        text = (await iris.get("/voids")).text.replace("&#39;", "'")
        for one in found:
            assert one.sentence in text
        assert "Petra Vos" in text
        assert "deputy Deniz Aydin" in text
        assert ("Every right has a holder" in text) == (not any(one.refuses for one in found))


async def test_a_right_that_lapses_within_a_month_is_told_before_it_does(house: House) -> None:
    last = max(one.window.end for one in charter().holdings)
    house.clock.advance(last - house.clock.now() - AHEAD + timedelta(days=1))
    now = house.clock.now()
    today = {(one.kind, one.right, one.boundary) for one in void_report(charter(), now).voids}
    ahead = void_report(charter(), now + AHEAD).voids
    coming = [one for one in ahead if one.refuses and (one.kind, one.right, one.boundary) not in today]
    assert coming
    async with await house.sign_in("iris") as iris:
        text = (await iris.get("/voids")).text.replace("&#39;", "'")
        assert f"{len(coming)} more within 30 days" in text
        assert all(one.sentence in text for one in coming)


async def test_the_report_can_be_taken_away(house: House) -> None:
    """J01: as CSV and as JSON."""
    house.clock.advance(max(one.window.end for one in charter().holdings) - house.clock.now())
    async with await house.sign_in("iris") as iris:
        table, document = await iris.get("/voids.csv"), await iris.get("/voids.json")
    rows = list(csv.DictReader(table.text.splitlines()))
    assert {one["kind"] for one in rows} == {"expired"}
    assert [one["sentence"] for one in document.json()["voids"]] == [one["sentence"] for one in rows]
    assert 'filename="voids.csv"' in table.headers["content-disposition"]


async def test_a_holder_finds_the_report_among_the_pages_and_a_vendor_does_not(house: House) -> None:
    async with await house.sign_in("petra") as petra, await house.sign_in("ana") as ana:
        assert 'href="/voids"' in (await petra.get("/queue")).text
        assert (await petra.get("/voids")).status_code == 200
        assert 'href="/voids"' not in (await ana.get("/permits")).text
        for path in ("/voids", "/voids.csv", "/voids.json"):
            assert (await ana.get(path)).status_code == 403


def handed_over(house: House) -> None:
    """Milo took the right to connect over from Petra forty days ago."""
    since = house.clock.now() - timedelta(days=40)
    first, *others = charter().register
    one = replace(first, window=TimeWindow(first.window.start, since))
    two = replace(first, holder=PersonId("milo"), window=TimeWindow(since, first.window.end))
    house.charter = charter_with(holdings=(one, two, *others))


async def test_a_successor_attests_by_code_and_the_right_is_held_again(house: House) -> None:
    """J03: evidence first; it counts at once, and for nobody else."""
    handed_over(house)
    subject = {"subject": "right:connect@riverside"}
    async with await house.sign_in("milo") as milo, await house.sign_in("petra") as petra:
        assert "overdue attestation" in (await milo.get("/voids")).text
        assert (
            await petra.post("/voids/attest", data={**subject, "code": house.code("petra")})
        ).status_code == 409
        assert (await milo.post("/voids/attest", data={**subject, "code": "000000"})).status_code == 403
        house.ledger.failing = True
        assert (
            await milo.post("/voids/attest", data={**subject, "code": house.code("milo")})
        ).status_code >= 500
        house.ledger.failing = False
        assert "overdue attestation" in (await milo.get("/voids")).text
        assert (
            await milo.post("/voids/attest", data={**subject, "code": house.code("milo")})
        ).status_code == 303
        text = (await milo.get("/voids")).text
        assert "overdue attestation" not in text
        assert "Every right has a holder" in text
    (leaf,) = house.events("RightAttested")
    assert (leaf["person"], leaf["subject"]) == ("milo", "right:connect@riverside")


async def test_what_is_tolerated_stands_on_the_page_with_who_answers_s36(house: House) -> None:
    """S-36: shown in the assurance view, with owner, compensating measure, end and renewals."""
    now = house.clock.now()
    one = replace(TOLERATED, window=TimeWindow(now - timedelta(days=1), now + timedelta(days=1)))
    object.__setattr__(house.desk.parts, "charter", lambda: charter_with(exceptions=(one,)))
    async with await house.sign_in("petra") as browser:
        page = (await browser.get("/voids")).text
    assert "in force" in page
    assert "Somebody of the shift sits beside every session" in page
    assert "never reviewed" in page
    assert "for the first time" in page


async def test_signs_of_workarounds_stand_below_with_an_owner_j13(house: House) -> None:
    """J13: repeated break-glass is a finding of the holder's."""
    async with await house.sign_in("iris") as browser:
        assert "repeated break glass" not in (await browser.get("/voids")).text
        for number in (1, 2):
            await house.ledger.append(
                GlassBroken(
                    at=house.clock.now(),
                    permit=PermitId(f"{number:026}"),
                    by=("milo", "sven"),
                    skipped=("petra",),
                    boundary="riverside",
                    reason="nobody answers",
                    until=house.clock.now(),
                )
            )
        page = (await browser.get("/voids")).text
    assert "repeated break glass" in page
    assert "answers for looking into it" in page


async def signed(house: House, milo: httpx2.AsyncClient, subject: str = SUBJECT) -> dict[str, object]:
    """What the browser would send once the passkey was touched."""
    begun = await milo.post("/voids/attest/begin", json={"subject": subject})
    assert begun.status_code == 200, begun.text
    answer = json.loads(house.devices["milo"].get(json.dumps(begun.json()["options"])))
    return {
        "ceremony": begun.json()["ceremony"],
        "statement": begun.json()["statement"],
        "credential": answer,
    }


async def test_a_successor_attests_by_passkey_and_the_right_is_held_again(house: House) -> None:
    """J03: the passkey signs the statement itself; the ledger has it first, and it counts once."""
    handed_over(house)
    house.enrol("milo")
    async with await house.sign_in("milo") as milo:
        assert 'data-passkey="attest"' in (await milo.get("/voids")).text
        body = await signed(house, milo)
        house.ledger.failing = True
        assert (await milo.post("/voids/attest/passkey", json=body)).status_code == 503
        assert "overdue attestation" in (await milo.get("/voids")).text
        house.ledger.failing = False
        body = await signed(house, milo)
        done = await milo.post("/voids/attest/passkey", json=body)
        assert (done.status_code, done.json()) == (200, {"next": "/voids"}), done.text
        assert "overdue attestation" not in (await milo.get("/voids")).text
        assert (await milo.post("/voids/attest/passkey", json=body)).status_code == 409
    (leaf,) = house.events("RightAttested")
    assert (leaf["person"], leaf["subject"], leaf["kind"]) == ("milo", SUBJECT, "passkey")


async def test_a_passkey_s_answer_counts_for_its_own_statement_and_person_only(house: House) -> None:
    """J03: no other subject, no other time, and nobody who has nothing to attest."""
    handed_over(house)
    house.enrol("milo")
    async with await house.sign_in("milo") as milo, await house.sign_in("petra") as petra:
        assert (await petra.post("/voids/attest/begin", json={"subject": SUBJECT})).status_code == 409
        body = await signed(house, milo)
        statement = dict(body["statement"])  # type: ignore[call-overload]
        for other in ({**statement, "at": "2026-01-01T00:00:00Z"}, {**statement, "person": "petra"}, {}):
            tried = await milo.post("/voids/attest/passkey", json={**body, "statement": other})
            assert tried.status_code in {409, 422}, tried.text
        stranger = await petra.post("/voids/attest/passkey", json=body)
        assert stranger.status_code == 409
        other_key = Authenticator("https://localhost:8443")
        begun = await milo.post("/voids/attest/begin", json={"subject": SUBJECT})
        begun_body = begun.json()
        forged = json.loads(other_key.get(json.dumps(begun_body["options"])))
        body = {
            "ceremony": begun_body["ceremony"],
            "statement": begun_body["statement"],
            "credential": forged,
        }
        assert (await milo.post("/voids/attest/passkey", json=body)).status_code == 403
    assert house.events("RightAttested") == []


async def test_who_has_no_passkey_is_offered_the_code_alone(house: House) -> None:
    handed_over(house)
    async with await house.sign_in("milo") as milo:
        page = (await milo.get("/voids")).text
        assert 'data-passkey="attest"' not in page
        refused = await milo.post("/voids/attest/begin", json={"subject": SUBJECT})
        assert (refused.status_code, refused.json()["code"]) == (403, "no_passkey")
