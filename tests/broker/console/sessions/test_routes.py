import pytest

from broker.watchdog.interlocks import SetState, apply
from domain.ids import ZoneId
from domain.plant import OperatingState
from tests.broker.console.house import SESSION, House


async def test_a_silent_watchdog_shows_no_empty_list(house: House) -> None:
    """D08: never an empty list for want of knowing."""
    house.watch.gone = True
    async with await house.sign_in("milo") as milo:
        text = (await milo.get("/sessions")).text
        assert "what is live is not known" in text
        assert "Nobody is connected" not in text
        answer = await milo.post(f"/sessions/{SESSION}/stop", data={"reason": "x"})
        assert answer.status_code == 503
        assert "penstock isolate all" in answer.text


async def test_a_holder_sees_only_sessions_on_their_boundary(house: House) -> None:
    permit = await house.ask()
    house.go_live(permit)
    house.go_live(permit, "t" * 26)
    house.watch.sessions[1]["permit"] = "u" * 26
    async with await house.sign_in("petra") as petra, await house.sign_in("milo") as milo:
        assert (await petra.get("/sessions")).text.count('class="card"') == 1
        assert (await milo.get("/sessions")).text.count('class="card"') == 2


async def test_a_program_s_link_is_told_apart_with_who_answers_for_it(house: House) -> None:
    """D08: on screen and by API."""
    permit = await house.ask()
    house.go_live(permit)
    house.go_live(permit, "t" * 26)
    house.watch.sessions[1]["by_program"] = True
    async with await house.sign_in("petra") as petra, house.client() as script:
        text = (await petra.get("/sessions")).text
        assert text.count("A program's link") == 1
        assert text.count("a program; Ana") == 1
        listed = (await script.get("/api/v1/sessions", headers=await house.bearer("petra"))).json()
        assert [one["by_program"] for one in listed["sessions"]] == [False, True]


async def test_an_auditor_watches_and_can_not_stop(house: House) -> None:
    house.go_live(await house.ask())
    async with await house.sign_in("iris") as iris:
        assert "/stop" not in (await iris.get("/sessions")).text
        assert (await iris.post(f"/sessions/{SESSION}/stop", data={"reason": "x"})).status_code == 403
    assert house.watch.sessions


async def test_abuse_30_what_a_gate_reports_is_shown_inert(house: House) -> None:
    house.go_live(await house.ask())
    house.watch.sessions[0] |= {"person": "<b>x</b>", "source": "\x1b[31m", "channels": ["<i>"]}
    house.watch.sessions.append({"session": "<script>", "permit": None})
    async with await house.sign_in("milo") as milo:
        text = (await milo.get("/sessions")).text
        assert "<b>x</b>" not in text
        assert "\x1b" not in text
        assert "<script>" not in text


async def test_a_holder_pauses_and_resumes_and_the_watchdog_hears_who(house: House) -> None:
    house.go_live(await house.ask())
    async with await house.sign_in("petra") as petra:
        answer = await petra.post(f"/sessions/{SESSION}/pause", data={"reason": "wrong valve"})
        assert answer.status_code == 303
        text = (await petra.get("/sessions")).text
        assert "Paused by Petra Vos" in text
        assert "wrong valve" in text
        assert f"/sessions/{SESSION}/pause" not in text
        assert (await petra.post(f"/sessions/{SESSION}/pause", data={"reason": "again"})).status_code == 409
        await petra.post(f"/sessions/{SESSION}/resume", data={"reason": "it was the right one"})
        assert "Paused" not in (await petra.get("/sessions")).text
        assert (await petra.post(f"/sessions/{SESSION}/resume", data={"reason": "x"})).status_code == 409
    assert [(one["do"], one["by"]) for one in house.watch.heard if one["do"] in {"pause", "resume"}] == [
        ("pause", "petra"),
        ("pause", "petra"),
        ("resume", "petra"),
        ("resume", "petra"),
    ]


@pytest.mark.parametrize(
    ("paused_by", "resumed_by", "status"),
    [
        pytest.param("milo", "petra", 303, id="who holds connect lets go on what the shift paused"),
        pytest.param("petra", "milo", 303, id="who stands in for that lead too"),
        pytest.param("milo", "milo", 303, id="whoever paused takes it back"),
        pytest.param("milo", "sven", 303, id="who leads incidents lets go"),
        pytest.param("petra", "iris", 403, id="an auditor never"),
        pytest.param("petra", "ana", 403, id="a vendor never"),
    ],
)
async def test_anybody_of_the_plant_pauses_and_who_decides_resumes(
    house: House, paused_by: str, resumed_by: str, status: int
) -> None:
    house.go_live(await house.ask())
    async with await house.sign_in(paused_by) as first, await house.sign_in(resumed_by) as second:
        await first.post(f"/sessions/{SESSION}/pause", data={"reason": "look at this"})
        answer = await second.post(f"/sessions/{SESSION}/resume", data={"reason": "seen"})
        assert answer.status_code == status
    assert bool(house.watch.interlocks.paused) is (status != 303)


@pytest.mark.parametrize("person", ["ana", "iris"])
async def test_a_vendor_and_an_auditor_pause_nothing(house: House, person: str) -> None:
    house.go_live(await house.ask())
    async with await house.sign_in(person) as browser:
        answer = await browser.post(f"/sessions/{SESSION}/pause", data={"reason": "x"})
        assert answer.status_code == 403
    assert not house.watch.interlocks.paused


async def test_j02_in_an_emergency_only_the_lead_resumes_and_everybody_still_pauses(house: House) -> None:
    """J02."""
    house.go_live(await house.ask())
    emergency = SetState(ZoneId("operations"), OperatingState.EMERGENCY, "sven")
    house.watch.interlocks = apply(house.watch.interlocks, emergency)
    async with await house.sign_in("petra") as petra, await house.sign_in("sven") as sven:
        assert (await petra.post(f"/sessions/{SESSION}/pause", data={"reason": "x"})).status_code == 303
        answer = await petra.post(f"/sessions/{SESSION}/resume", data={"reason": "x"})
        assert (answer.status_code, "not_yours_to_resume" in answer.text) == (403, True)
        assert (await sven.post(f"/sessions/{SESSION}/resume", data={"reason": "x"})).status_code == 303


async def test_the_api_pauses_and_resumes(house: House) -> None:
    house.go_live(await house.ask())
    async with house.client() as script:
        bearer, way = await house.bearer("petra"), f"/api/v1/sessions/{SESSION}"
        answer = await script.post(f"{way}/pause", json={"reason": "wrong valve"}, headers=bearer)
        assert answer.json() == {"session": SESSION, "paused": True}
        (live,) = (await script.get("/api/v1/sessions", headers=bearer)).json()["sessions"]
        assert (live["paused_by"], live["held"], live["may_resume"]) == ("petra", ["paused"], True)
        answer = await script.post(f"{way}/resume", json={"reason": "fine"}, headers=bearer)
        assert answer.json() == {"session": SESSION, "paused": False}
