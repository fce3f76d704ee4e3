from tests.broker.console.house import House


async def test_what_this_holder_may_decide_comes_first(house: House) -> None:
    await house.ask("ana")
    async with await house.sign_in("petra") as petra, await house.sign_in("sven") as sven:
        assert 'class="permit state-requested mine"' in (await petra.get("/queue")).text
        other = (await sven.get("/queue")).text
        assert "Engineering station 1" in other
        assert "requested mine" not in other


async def test_an_empty_queue_says_so(house: House) -> None:
    async with await house.sign_in("petra") as petra:
        assert "Nothing waits" in (await petra.get("/queue/rows")).text


async def test_a_vendor_sees_their_own_permits_with_commands_and_no_button_to_approve(house: House) -> None:
    permit = await house.ask("ana")
    async with await house.sign_in("ana") as ana, await house.sign_in("ben") as ben:
        page = (await ana.get(f"/permits/{permit.id}")).text
        assert "ssh -p 2222 ana+eng-ws-1@gate.example" in page
        assert "Withdraw this request" in page
        assert "/approve" not in page
        assert permit.id in (await ana.get("/permits")).text
        assert permit.id not in (await ben.get("/permits")).text


async def test_the_page_of_whoever_waits_loads_itself_anew_once_something_was_decided(house: House) -> None:
    permit = await house.ask("ana")
    async with await house.sign_in("ana") as ana, await house.sign_in("ben") as ben:
        page = (await ana.get(f"/permits/{permit.id}")).text
        asks = page.partition('hx-get="')[2].partition('"')[0]
        assert asks.startswith(f"/permits/{permit.id}/state?was=")
        still = await ana.get(asks)
        assert (still.text, "hx-refresh" in still.headers) == ("requested", False)
        assert (await ben.get(asks)).status_code == 404
        await house.approvals.withdraw(permit.id, permit.person)
        over = await ana.get(asks)
        assert (over.text, over.headers["hx-refresh"]) == ("withdrawn", "true")
        assert "/state?was=" not in (await ana.get(f"/permits/{permit.id}")).text


async def test_an_auditor_s_look_at_a_permit_is_written_down_first(house: House) -> None:
    permit = await house.ask()
    async with await house.sign_in("iris") as iris:
        assert (await iris.get(f"/permits/{permit.id}")).status_code == 200
        house.ledger.failing = True
        assert (await iris.get(f"/permits/{permit.id}")).status_code == 503
    (viewed,) = house.events("EvidenceViewed")
    assert (viewed["subject"], viewed["by"]) == (f"permit:{permit.id}", "iris")


async def test_the_text_that_is_signed_is_on_the_sheet_word_for_word(house: House) -> None:
    permit = await house.ask()
    async with await house.sign_in("petra") as petra:
        page = (await petra.get(f"/permits/{permit.id}")).text
        assert f"Permit {permit.id}, SHA-256 {permit.digest().hex()}" in page
        assert "What could go wrong: A wrong download from here stops the pumping station" in page
