from tests.broker.console.house import SESSION, House


async def test_a_silent_watchdog_shows_no_empty_list(house: House) -> None:
    house.watch.gone = True
    async with await house.sign_in("milo") as milo:
        text = (await milo.get("/sessions/rows")).text
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
        assert (await petra.get("/sessions/rows")).text.count('class="card"') == 1
        assert (await milo.get("/sessions/rows")).text.count('class="card"') == 2


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
        text = (await milo.get("/sessions/rows")).text
        assert "<b>x</b>" not in text
        assert "\x1b" not in text
        assert "<script>" not in text
