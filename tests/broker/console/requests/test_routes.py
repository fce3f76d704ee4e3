from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from approvals.service import MOST_WAITING
from domain.access import Action
from domain.ids import ConduitId, ZoneId
from domain.limits import limits_of
from domain.recurrence import Hours
from tests.broker.console.house import House
from tests.policies.plant import charter, charter_with

FORM = {
    "way": "eng-ws-1/dmz-operations",
    "grant": ["shell", "sftp"],
    "action": ["view"],
    "from": "2026-03-02T10:00",
    "until": "2026-03-02T12:00",
    "purpose": "Tune the drives",
    "work_order": "WO-77",
}

WAY = "/request?way=eng-ws-1/dmz-operations"


async def test_a_vendor_sees_the_assets_of_their_contract_and_no_other(house: House) -> None:
    async with await house.sign_in("ana") as ana, await house.sign_in("ben") as ben:
        for browser, sees, hidden in ((ana, "eng-ws-1", "historian"), (ben, "historian", "eng-ws-1")):
            page = (await browser.get("/request")).text
            assert f"/{sees}/" in page or f"way={sees}/" in page or f'value="{sees}/' in page
            assert f"{hidden}/" not in page
        assert "sis-1" not in (await ana.get("/request")).text


async def test_the_three_first_questions_are_answered_before_anything_is_asked(house: House) -> None:
    """S-38: what to protect, what must stay available, what change can be borne, in the present state."""
    async with await house.sign_in("ana") as ana:
        page = (await ana.get(WAY)).text
    assert "The controllers&#39; project files and the passwords in them" in page
    assert "Downloading a saved project within an hour" in page
    assert "running: reading only" in page
    assert "Its zone is now in: running" in page or "Its zone is now in: maintenance" in page


async def test_what_has_to_be_confirmed_each_time_and_by_what_key_is_read_before_anything_is_asked(
    house: House,
) -> None:
    """A12, A08: of the conduit as of its zone; and whoever reads the charter finds it at the conduit."""
    async with await house.sign_in("ana") as ana, await house.sign_in("petra") as petra:
        page = "/request?way=plc-07/dmz-pumping"
        before = (await ana.get(page)).text + (await petra.get("/charter")).text
        way, zone = charter().conduits[ConduitId("dmz-pumping")], charter().zones[ZoneId("pumping")]
        way = replace(way, step_up=frozenset(limits_of(["modbus write coils 0-9"])), hardware_keys=True)
        zone = replace(zone, step_up_actions=frozenset({Action.OVERRIDE}))
        house.charter = charter_with(
            conduits={**charter().conduits, way.id: way}, zones={**charter().zones, zone.id: zone}
        )
        asked, read = (await ana.get(page)).text, (await petra.get("/charter")).text
    for text, shown in (
        ("To confirm each time", asked),
        ('override; <span lang="en">modbus write coils 0-9</span>', asked),
        ("Only a key in a security key comes in here", asked),
        ("security keys only", read),
        ("confirmed each time", read),
    ):
        assert text in shown, text
        assert text not in before, text


async def test_what_is_sent_becomes_a_permit_in_the_plant_s_time(house: House) -> None:
    async with await house.sign_in("ana") as ana:
        answer = await ana.post("/request", data=FORM)
        assert answer.status_code == 303
        permit = answer.headers["location"].rpartition("/")[2]
    filed = await house.approvals.filed(permit)  # type: ignore[arg-type]
    assert filed is not None
    assert filed.permit.document()["window"] == {  # type: ignore[index, call-overload]
        "start": "2026-03-02T09:00:00Z",
        "end": "2026-03-02T11:00:00Z",
        "zone": "Europe/Amsterdam",
    }
    assert sorted(map(str, filed.permit.grants)) == ["sftp", "shell"]
    assert filed.permit.person == "ana"
    assert len(house.events("PermitRequested")) == 1


async def test_the_charter_s_word_is_heard_before_sending_and_files_nothing(house: House) -> None:
    async with await house.sign_in("ana") as ana:
        yes = await ana.post("/request/review", data=FORM)
        assert "The plant's rules allow it" in yes.text
        assert "P. Vos" in yes.text
        no = await ana.post("/request/review", data=FORM | {"until": "2026-03-02T22:00"})
        assert "The charter says no" in no.text
        assert ">Ask</button>" in yes.text
        assert ">Ask</button>" not in no.text
    assert house.log.size == 0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"way": ""}, "Choose an asset"),
        ({"way": "../../etc"}, "Choose an asset"),
        ({"grant": []}, "Tick at least one way of working"),
        ({"grant": ["agent"]}, "be granted"),
        ({"action": []}, "Tick at least one thing"),
        ({"action": ["rule"]}, "rule"),
        ({"until": "2026-03-02T09:00"}, "The end must come after the start"),
        ({"until": ""}, "Say from when until when"),
        ({"purpose": "two\u202elines"}, "printable"),
    ],
    ids=str,
)
async def test_a_form_that_says_too_little_is_shown_again_with_what_was_typed(
    house: House, changed: dict[str, object], said: str
) -> None:
    async with await house.sign_in("ana") as ana:
        answer = await ana.post("/request", data=FORM | changed)
        assert answer.status_code == 422
        assert said in answer.text
        assert ('value="WO-77"' in answer.text) is ("way" not in changed), "without a way it begins anew"
        assert (await ana.post("/request/review", data=FORM | changed)).status_code == 422
    assert await house.approvals.pending() == ()


@pytest.mark.parametrize(
    "length",
    ["60", "240"],
)
async def test_from_now_begins_when_it_is_sent_and_not_when_the_form_was_opened(
    house: House, length: str
) -> None:
    async with await house.sign_in("ana") as ana:
        await ana.get("/request?way=eng-ws-1/dmz-operations")
        house.clock.advance(timedelta(minutes=5))
        answer = await ana.post("/request", data=FORM | {"for": length})
        assert answer.status_code == 303
    (filed,) = await house.approvals.pending()
    assert filed.permit.window.start == house.clock.now().replace(microsecond=0)
    assert filed.permit.window.length == timedelta(minutes=int(length))


@pytest.mark.parametrize("length", ["", "0", "-5", "1e3", "\u0663", "99999999999", "soon"])
async def test_a_length_that_is_none_is_asked_for_again(house: House, length: str) -> None:
    async with await house.sign_in("ana") as ana:
        answer = await ana.post("/request", data=FORM | {"for": length})
    assert answer.status_code == 422
    assert "Say for how long" in answer.text
    assert await house.approvals.pending() == ()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"grant": []}, "grant"),
        ({"action": []}, "action"),
        ({"until": "2026-03-02T09:00"}, "from"),
        ({"from": "2026-03-29T02:30"}, "from"),
    ],
    ids=str,
)
async def test_what_is_wrong_stands_at_its_field_and_the_page_leads_there(
    house: House, changed: dict[str, object], field: str
) -> None:
    async with await house.sign_in("ana") as ana:
        page = (await ana.post("/request/review", data=FORM | changed)).text
    assert f'<a href="#{field}">' in page
    assert f'id="{field}"' in page
    assert page.count('id="fault"') == 1
    assert page.count("autofocus") == 1


async def test_a_form_that_leaves_out_what_the_conduit_asks_for_is_refused_and_says_what(
    house: House,
) -> None:
    """B05: each field that the charter asks for is refused when it is missing."""
    async with await house.sign_in("ana") as ana:
        answer = await ana.post("/request", data=FORM | {"purpose": " "})
        assert answer.status_code == 403
        assert "what will be done (purpose)" in answer.text
        assert 'value="WO-77"' in answer.text
    assert await house.approvals.pending() == ()


async def test_a_wish_against_the_charter_is_refused_with_its_reason_and_written_down(house: House) -> None:
    async with await house.sign_in("ana") as ana:
        answer = await ana.post("/request", data=FORM | {"until": "2026-03-02T22:00"})
        assert answer.status_code == 403
        assert "The charter says no" in answer.text
    (refused,) = house.events("RequestRefused")
    assert (refused["person"], refused["asset"], refused["door"]) == ("ana", "eng-ws-1", "console")


async def test_abuse_38_another_vendor_s_asset_does_not_seem_to_exist(house: House) -> None:
    async with await house.sign_in("ben") as ben:
        theirs = await ben.post("/request", data=FORM)
        never = await ben.post("/request", data=FORM | {"way": "no-such-thing/dmz-operations"})
        assert (theirs.status_code, never.status_code) == (403, 403)
        assert "not_available" in theirs.text
        assert "not_available" in never.text


async def test_a_forward_is_offered_for_native_ports_and_not_for_ssh(house: House) -> None:
    async with await house.sign_in("ana") as ana:
        page = (await ana.get("/request?way=plc-07/dmz-pumping")).text
        assert "Native protocol on port 5020" in page
        assert "Native protocol on port 2201" not in page


async def test_abuse_12_a_flood_of_wishes_stops_at_what_a_holder_can_read(house: House) -> None:
    for _ in range(MOST_WAITING):
        await house.ask()
    async with await house.sign_in("ana") as ana, house.client() as script:
        answer = await ana.post("/request", data=FORM)
        assert answer.status_code == 429
        assert "wait already" in answer.text
        given = {
            "asset": "eng-ws-1",
            "grants": ["shell"],
            "actions": ["view"],
            "start": "2026-03-02T09:00:00Z",
            "end": "2026-03-02T10:00:00Z",
            "purpose": "One more",
        }
        by_script = await script.post("/api/v1/permits", json=given, headers=await house.bearer("ana"))
        assert (by_script.status_code, by_script.json()["code"]) == (429, "too_many_waiting")
    assert len(await house.approvals.pending()) == MOST_WAITING


async def test_whoever_asks_may_narrow_it_to_the_states_that_the_work_is_for(house: House) -> None:
    """B05: the permit then holds in these alone; a state in which it never could is refused."""
    async with await house.sign_in("ana") as ana:
        assert 'name="state" value="maintenance"' in (await ana.get(WAY)).text
        answer = await ana.post("/request", data=FORM | {"state": ["maintenance"]})
        permit = answer.headers["location"].rpartition("/")[2]
        for state in ("isolated", "asleep"):
            again = await ana.post("/request", data=FORM | {"state": [state]})
            assert (again.status_code, "state" in again.text) == (422, True)
    filed = await house.approvals.filed(permit)  # type: ignore[arg-type]
    assert filed is not None
    assert filed.permit.states == {"maintenance"}


async def test_the_last_step_hands_on_everything_that_was_filled_in_and_leads_back_to_it(
    house: House,
) -> None:
    given = FORM | {"state": ["maintenance"], "back_out": "Put the old profile back", "tool": ["openssh"]}
    async with await house.sign_in("ana") as ana:
        for path in ("/request/review", "/request/change"):
            text = (await ana.post(path, data=given)).text
            for value in ("eng-ws-1/dmz-operations", "Tune the drives", "WO-77", "Put the old profile back"):
                assert f'value="{value}"' in text
        hidden = (await ana.post("/request/review", data=given)).text
        for name, value in (
            ("grant", "shell"),
            ("grant", "sftp"),
            ("state", "maintenance"),
            ("tool", "openssh"),
        ):
            assert f'<input type="hidden" name="{name}" value="{value}">' in hidden
    assert house.log.size == 0


async def test_whoever_asks_again_finds_it_filled_in_like_the_last_time(house: House) -> None:
    async with await house.sign_in("ana") as ana:
        first = (await ana.get(WAY)).text
        assert 'value="shell" checked' in first, "a terminal is what one mostly wants"
        assert 'value="sftp" checked' not in first
        await house.ask()
        again = (await ana.get(WAY)).text
    assert "Filled in like your last request here" in again
    for value in ("shell", "sftp", "view", "configure"):
        assert f'value="{value}" checked' in again
    assert "Tune the drives" not in again, "what it is for is said anew"


async def test_outside_the_hours_of_a_conduit_the_next_times_inside_them_are_offered(house: House) -> None:
    """B05: schedule and approval, both; one press puts the offered time in place of the one that was asked for."""
    way = charter().conduits[ConduitId("dmz-operations")]
    nights = Hours("FREQ=DAILY", time(20), timedelta(hours=4), date(2026, 1, 1))
    house.charter = charter_with(conduits={**charter().conduits, way.id: replace(way, hours=(nights,))})
    async with await house.sign_in("ana") as ana:
        no = (await ana.post("/request/review", data=FORM)).text
        assert "outside_hours" in no
        assert "Times that lie inside its hours" in no
        offered = no.partition('name="from" value="')[2].partition('"')[0]
        until = no.partition('name="until" value="')[2].partition('"')[0]
        assert (offered, until) == ("2026-03-02T20:00", "2026-03-02T22:00")
        yes = (await ana.post("/request/review", data=FORM | {"from": offered, "until": until})).text
        assert "The plant's rules allow it" in yes
        assert "Times that lie inside its hours" not in yes


async def test_limits_are_typed_a_line_each_and_are_what_the_holder_reads_and_the_permit_says(
    house: House,
) -> None:
    """S-14: what the boundary lets through, down to the register, stands before who decides."""
    wish = FORM | {"way": "plc-07/dmz-pumping", "grant": ["forward:5020"]}
    typed = wish | {"limits": "modbus read coils 0 to 9\r\n\r\nModbus: read holding register 5".lower()}
    async with await house.sign_in("ana") as ana:
        assert 'name="limits"' in (await ana.get("/request?way=plc-07/dmz-pumping")).text
        assert 'name="limits"' in (await ana.get(WAY)).text  # files, by their paths
        wrong = await ana.post("/request", data=wish | {"limits": "modbus read relays"})
        assert wrong.status_code == 422
        assert "no kind of place &#39;relays&#39;" in wrong.text
        assert "modbus read coils 0-9" in (await ana.post("/request/review", data=typed)).text
        answer = await ana.post("/request", data=typed)
        assert answer.status_code == 303, answer.text
        permit = answer.headers["location"].rpartition("/")[2]
        again = (await ana.get("/request?way=plc-07/dmz-pumping")).text
        assert "modbus read coils 0-9\nmodbus read holding registers 5</textarea>" in again
    filed = await house.approvals.filed(permit)  # type: ignore[arg-type]
    assert filed is not None
    assert filed.permit.limits == {"modbus read coils 0-9", "modbus read holding registers 5"}
    (asked,) = house.events("PermitRequested")
    assert list(asked["limits"]) == sorted(filed.permit.limits)
    async with await house.sign_in("petra") as petra:
        sheet = (await petra.get(f"/permits/{permit}")).text
    assert '<span lang="en">modbus read coils 0-9</span>' in sheet
