import asyncio

from tests.broker.console.house import House


async def test_a_sound_console_is_alive_and_ready(house: House) -> None:
    async with house.client() as probe:
        assert (await probe.get("/livez")).text == "ok\n"
        answer = await probe.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, {"ready": True, "faults": []})


async def test_who_only_asks_waits_for_no_decision_and_holds_none_up(house: House) -> None:
    async with house.client() as probe, house.engine.begin():  # somebody decides, and has the write lock
        async with asyncio.timeout(5):
            assert (await probe.get("/readyz")).status_code == 200
            assert (await probe.get("/metrics")).status_code == 200


async def test_what_does_not_answer_is_named(house: House) -> None:
    house.watch.gone = True
    async with house.client() as probe:
        answer = await probe.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"ready": False, "faults": ["watchdog"]})
        assert (await probe.get("/livez")).status_code == 200
        metrics = (await probe.get("/metrics")).text
        assert "penstock_watchdog_up 0" in metrics
        assert "penstock_sessions_live" not in metrics


async def test_metrics_count_and_name_nobody(house: House) -> None:
    permit = await house.ask()
    house.go_live(permit)
    async with house.client() as probe:
        answer = await probe.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    for line in ("penstock_permits_waiting 1", "penstock_sessions_live 1", "penstock_ledger_leaves 1"):
        assert line in lines
    assert all(line.startswith("#") or len(line.split()) == 2 for line in lines)
    assert not any(word in answer.text for word in ("ana", "eng-ws-1", permit.id))
