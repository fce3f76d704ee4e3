from tests.broker.console.house import House


async def test_a_search_is_written_down_before_it_is_made(house: House) -> None:
    await house.record(await house.ask())
    async with await house.sign_in("iris") as iris:
        answer = await iris.get("/evidence", params={"kind": "all", "text": "ana\u202e"})
        assert answer.status_code == 200
        (viewed,) = house.events("EvidenceViewed")
        assert (viewed["subject"], viewed["by"]) == ("ledger:all", "iris")
        assert str(viewed["how"]).isascii()
        house.ledger.failing = True
        assert (await iris.get("/evidence")).status_code == 503


async def test_an_unknown_kind_shows_sessions(house: House) -> None:
    async with await house.sign_in("iris") as iris:
        answer = await iris.get("/evidence", params={"kind": "../../x"})
        assert '<option value="sessions" selected>' in answer.text


async def test_abuse_30_a_refused_vendor_s_words_are_inert_in_evidence(house: House) -> None:
    async with house.client() as nobody:
        page = await nobody.get("/sign-in")
        form = page.text.partition('name="form" value="')[2].partition('"')[0]
        fields = {"form": form, "person": "<img src=x onerror=alert(1)>", "password": "x", "code": "x"}
        cookie = {"cookie": f"__Host-penstock-form={form}"}
        assert (await nobody.post("/sign-in", data=fields, headers=cookie)).status_code == 401
    async with await house.sign_in("iris") as iris:
        text = (await iris.get("/evidence?kind=refusals")).text
        assert "&lt;img src=x" in text
        assert "<img src=x" not in text
