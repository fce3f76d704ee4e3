from broker.conduits.vnc.recorded import HEAD, PIXELS, SERVER
from tests.broker.console.house import SESSION, House

PAGE = f"/evidence/sessions/{SESSION}/screen/1"


async def test_an_auditor_is_shown_a_recorded_screen_and_the_custody_log_says_so(house: House) -> None:
    """G07: looked at and drawn are two looks."""
    await house.record(await house.ask())
    await house.forwarded()
    async with await house.sign_in("iris") as iris:
        assert PAGE in (await iris.get(f"/evidence/sessions/{SESSION}")).text
        page = await iris.get(f"{PAGE}?at=40")
        assert page.status_code == 200
        assert 'data-at="1" data-lasts="1"' in page.text
        drawn = await iris.get(f"{PAGE}/stream")
        custody = (await iris.get(f"/evidence/sessions/{SESSION}")).text
    _at, what, length = HEAD.unpack(drawn.content[: HEAD.size])
    assert (what, length) == (SERVER, 29)
    assert drawn.content[HEAD.size + 29 + 4] == PIXELS
    assert "screen of channel 1, drawn" in custody


async def test_a_channel_without_a_screen_has_none_to_show(house: House) -> None:
    await house.record(await house.ask())
    await house.forwarded()
    async with await house.sign_in("iris") as iris:
        for path in ("screen/0", "screen/7", "screen/7/stream"):
            assert (await iris.get(f"/evidence/sessions/{SESSION}/{path}")).status_code == 404
