import hashlib

from broker.console.evidence.handling import sessions_of
from tests.broker.console.house import SESSION, House


async def test_what_leaves_is_named_by_its_hash_before_it_leaves(house: House) -> None:
    """F11: every view, copy and export is traced to one person."""
    await house.record(await house.ask())
    async with await house.sign_in("iris") as iris:
        path = f"/evidence/sessions/{SESSION}/case-file"
        taken = await iris.get(path, params={"purpose": "yearly audit"})
        await iris.get(path)
    first, second = house.events("EvidenceHandled")
    assert first == {
        **first,
        "session": SESSION,
        "item": "11" * 32,
        "by": "iris",
        "deed": "export",
        "what": "case file",
        "door": "console",
        "source": "192.0.2.9",
        "office": "auditor",
        "purpose": "yearly audit",
        "copy_sha256": hashlib.sha256(taken.content).hexdigest(),
        "copy_bytes": len(taken.content),
        "changed": "nothing",
    }
    assert second["purpose"] == ""


async def test_a_script_s_use_says_that_it_was_one(house: House) -> None:
    await house.record(await house.ask())
    iris = await house.bearer("iris")
    async with house.client() as script:
        await script.get(f"/api/v1/evidence/sessions/{SESSION}/case-file?purpose=monthly", headers=iris)
    (one,) = house.events("EvidenceHandled")
    assert (one["door"], one["purpose"]) == ("api", "monthly")


async def test_the_sessions_of_a_permit_are_found_in_order(house: House) -> None:
    permit = await house.ask()
    for number in range(3):
        await house.record(permit, f"{number}" * 26)  # type: ignore[arg-type] # an id
    assert sessions_of(house.log, permit.id) == tuple(f"{number}" * 26 for number in range(3))
