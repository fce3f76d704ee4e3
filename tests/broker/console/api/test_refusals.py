from tests.broker.console.house import House


async def test_every_code_is_told_once_and_says_something(house: House) -> None:
    async with house.client() as nobody:
        told = (await nobody.get("/api/v1/refusals")).json()["refusals"]
    codes = [one["code"] for one in told]
    assert codes == sorted(set(codes))
    assert len(codes) > 150
    assert all(sentence.strip() for one in told for sentence in one["sentences"])
