"""Which live sessions are whose business, and with how many questions to the database that is found out."""

from sqlalchemy import event

from tests.broker.console.house import House


async def asked_for(house: House, person: str) -> tuple[int, int]:
    """How many sessions the person sees, and how many statements that took."""
    questions: list[str] = []

    def count(*given: object) -> None:
        questions.append(str(given[2]))

    async with await house.sign_in(person) as browser:
        assert (await browser.get("/sessions")).status_code == 200  # caches are warm
        event.listen(house.engine.sync_engine, "before_cursor_execute", count)
        text = (await browser.get("/sessions")).text
        event.remove(house.engine.sync_engine, "before_cursor_execute", count)
    return text.count('class="card"'), len(questions)


async def test_two_hundred_sessions_take_as_many_questions_as_one(house: House) -> None:
    permit = await house.ask()
    house.go_live(permit)
    one = await asked_for(house, "petra")
    for number in range(199):
        house.go_live(permit, f"{number:0>3}".translate(str.maketrans("0123456789", "abcdefghij")) + "s" * 23)
    many = await asked_for(house, "petra")
    assert (one[0], many[0]) == (1, 200)
    assert many[1] == one[1]


async def test_a_session_whose_permit_the_database_lost_is_the_shift_s_to_stop(house: House) -> None:
    house.go_live(await house.ask())
    house.watch.sessions[0]["permit"] = "u" * 26
    held = await house.desk.interlocks()
    assert len(held.sessions) == 1
    async with await house.sign_in("petra") as petra, await house.sign_in("milo") as milo:
        assert "/stop" not in (await petra.get("/sessions")).text
        assert "/stop" in (await milo.get("/sessions")).text
