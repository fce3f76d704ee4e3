from tests.broker.console.house import SESSION, House


async def looked_at(house: House) -> str:
    permit = await house.ask()
    await house.record(permit)
    async with await house.sign_in("iris") as iris:
        await iris.get(f"/evidence/sessions/{SESSION}/replay/0")
        await iris.get(f"/evidence/sessions/{SESSION}/case-file", params={"purpose": "yearly audit"})
    return permit.id


async def test_who_looked_is_shown_to_the_plant_whose_boundary_it_was(house: House) -> None:
    """F11: the watched plant reads who viewed, replayed and took away, from where and what for."""
    permit = await looked_at(house)
    async with await house.sign_in("petra") as petra:
        page = (await petra.get(f"/permits/{permit}/custody")).text
        assert f'href="/permits/{permit}/custody"' not in page
    for shown in ("Iris Chen", "192.0.2.9", "replay of channel 0", "yearly audit", SESSION):
        assert shown in page


async def test_the_vendor_s_person_reads_when_and_what_for_and_in_what_office_and_no_name(
    house: House,
) -> None:
    permit = await looked_at(house)
    async with await house.sign_in("ana") as ana:
        page = (await ana.get(f"/permits/{permit}/custody")).text
    for shown in ("auditor", "replay of channel 0", "yearly audit"):
        assert shown in page
    for hidden in ("Iris", "192.0.2.9"):
        assert hidden not in page


async def test_whose_business_the_permit_is_not_finds_nothing(house: House) -> None:
    permit = await looked_at(house)
    async with await house.sign_in("ben") as stranger:
        assert (await stranger.get(f"/permits/{permit}/custody")).status_code == 404


async def test_the_session_s_own_page_lists_who_looked_and_the_look_that_opened_it(house: House) -> None:
    await looked_at(house)
    async with await house.sign_in("iris") as iris:
        page = (await iris.get(f"/evidence/sessions/{SESSION}")).text
    section = page.partition('id="custody"')[2].partition("From request to recording")[0]
    assert section.index("replay of channel 0") < section.index("session page")
    assert "Took away" not in section


async def test_the_log_is_read_by_script_by_whose_business_it_is(house: House) -> None:
    await looked_at(house)
    path = f"/api/v1/evidence/sessions/{SESSION}/custody"
    async with house.client() as script:
        found = (await script.get(path, headers=await house.bearer("petra"))).json()
        assert [one["deed"] for one in found["handlings"]] == ["replay", "export"]
        nothing = f"/api/v1/evidence/sessions/{'z' * 26}/custody"
        assert (await script.get(nothing, headers=await house.bearer("petra"))).status_code == 404
