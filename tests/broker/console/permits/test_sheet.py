import pytest

from broker.console.guard import Visitor
from broker.console.permits.sheet import filed_for, sheet
from broker.console.refusals import RefusalError
from broker.console.roles import roles_of
from domain.access import Action, Grant, PassageKind
from domain.ids import ConduitId, PersonId
from policies.charter.documents import read_charter
from tests.approvals.ssh import SoftKey
from tests.broker.console.house import House
from tests.broker.test_admission import approve
from tests.policies.charter.test_mistakes import meant
from tests.policies.plant import charter


def visitor(house: House, name: str) -> Visitor:
    person = charter().people[PersonId(name)]
    return Visitor(person, roles_of(charter(), person, house.clock.now()), None)


async def test_a_sheet_offers_each_what_is_theirs(house: House) -> None:
    permit = await house.ask()
    house.enrol("petra")
    filed = await filed_for(house.desk, visitor(house, "petra"), permit.id)
    petra = await sheet(house.desk, visitor(house, "petra"), filed)
    ana = await sheet(house.desk, visitor(house, "ana"), filed)
    iris = await sheet(house.desk, visitor(house, "iris"), filed)
    assert [one.value for one in petra.rights] == ["connect"]
    assert petra.passkey
    assert petra.code_accepted
    assert (ana.rights, iris.rights) == ((), ())
    assert (ana.own, petra.own) == (True, False)
    assert petra.line == "waiting for you, until 11:00 (+01:00)"
    assert ana.line == "waiting for P. Vos, until 11:00 (+01:00)"
    assert petra.shown.endswith(f"SHA-256 {permit.digest().hex()}\n")


async def test_who_has_an_ssh_key_enrolled_is_told_how_to_sign_in_a_terminal(house: House) -> None:
    permit = await house.ask()
    filed = await filed_for(house.desk, visitor(house, "petra"), permit.id)
    assert not (await sheet(house.desk, visitor(house, "petra"), filed)).ssh_accepted
    house.trust = house.trust.with_signing_key(PersonId("petra"), SoftKey().enrolled())
    assert (await sheet(house.desk, visitor(house, "petra"), filed)).ssh_accepted
    async with await house.sign_in("petra") as petra:
        assert (
            f"penstock approve {permit.id} --right connect --sign"
            in (await petra.get(f"/permits/{permit.id}")).text
        )


async def test_a_rule_s_no_of_today_stands_on_the_sheet(house: House) -> None:
    permit = await house.ask()
    await house.watch({"do": "isolate", "scope": "vendor:brightwater", "by": "milo", "reason": "x"})
    who = visitor(house, "petra")
    found = await sheet(house.desk, who, await filed_for(house.desk, who, permit.id))
    assert found.refused is not None
    assert found.rights == ()


async def test_abuse_12_a_purpose_in_disguise_stands_flagged_on_the_sheet(house: House) -> None:
    asked = await house.desk.parts.admission.ask(house.wish(), purpose="Tune the \u0440ump drives")
    assert asked.permit is not None
    async with await house.sign_in("petra") as petra:
        text = (await petra.get(f"/permits/{asked.permit.id}")).text
        assert "is not the word “pump” that it looks like: it has a cyrillic small letter er" in text
        assert "D. Aydin as deputy" in text
        assert "looks like" not in (await petra.get(f"/permits/{(await house.ask()).id}")).text


@pytest.mark.parametrize("name", ["", "x", "z" * 26, "Z" * 26, "../../etc/passwd"])
async def test_a_permit_that_is_not_there_is_not_found(house: House, name: str) -> None:
    with pytest.raises(RefusalError) as refused:
        await filed_for(house.desk, visitor(house, "iris"), name)
    assert refused.value.status == 404


@pytest.mark.parametrize(("zone_state", "waits"), [("running", False), ("shutdown", True)])
async def test_b11_an_approved_permit_whose_states_do_not_name_the_zone_s_waits_and_says_so(
    house: House, zone_state: str, waits: bool
) -> None:
    """B11: on permits, a state change shows as waiting, and ends nothing that was approved."""
    house.enrol("petra")
    permit = await house.ask()
    await approve(house, permit)
    await house.watch({"do": "set-state", "zone": "operations", "state": zone_state, "by": "milo"})
    async with await house.sign_in("petra") as petra:
        text = (await petra.get("/permits")).text
    assert ("waits: the zone is in shutdown" in text) is waits


async def test_whoever_holds_a_key_of_a_safety_zone_reads_what_was_signed_and_the_vendor_does_not(
    house: House,
) -> None:
    """B17, S-19: the second key is turned by somebody who knows what it may cost."""
    given = meant()
    once = given["conduits.toml"].replace(b'"forward:502"]', b'"forward:5021"]')
    given["conduits.toml"] = once.replace(
        b"safety_dependency = ", b'requires = ["purpose"]\nsafety_dependency = '
    )
    house.charter = read_charter(given)
    await house.watch(
        {"do": "set-state", "zone": "safety", "state": "turnaround", "by": "milo", "reason": "x"}
    )
    permit = await house.ask(
        asset="sis-1",
        conduit=ConduitId("dmz-safety"),
        passage=(Grant(PassageKind.FORWARD, 5021),),
        actions=frozenset({Action.VIEW}),
    )
    who = visitor(house, "petra")
    found = await sheet(house.desk, who, await filed_for(house.desk, who, permit.id))
    assert found.line.startswith("waiting for you and S. Lindqvist, ")
    for person, reads in (("sven", True), ("petra", True), ("ana", False)):
        page = (await (await house.sign_in(person)).get(f"/permits/{permit.id}")).text
        assert (
            "Overpressure trip of the raw water main" in page.partition("The text that is signed")[0]
        ) is reads
        assert ("PROGRAM, turned by the shift" in page.partition("The text that is signed")[0]) is reads


async def test_what_was_before_and_where_it_leads_stand_on_the_sheet(house: House) -> None:
    house.enrol("petra")
    earlier = await house.ask()
    await approve(house, earlier)
    await house.approvals.activate(earlier.id)
    await house.approvals.revoke(earlier.id, PersonId("petra"), "Smoke in the switch room")
    permit = await house.ask()
    async with await house.sign_in("petra") as petra:
        text = (await petra.get(f"/permits/{permit.id}")).text
    assert "1 used; the last" in text
    assert "revoked: Smoke in the switch room" in text
    assert "Brightwater Drives comes from outside through Plant DMZ into Operations" in text


async def test_an_edited_record_of_another_permit_keeps_nobody_from_reading_this_one(house: House) -> None:
    house.enrol("petra")
    earlier = await house.ask()
    permit = await house.ask()
    async with house.engine.begin() as database:
        await database.exec_driver_sql(f"UPDATE permit SET state = 'approved' WHERE id = '{earlier.id}'")
    async with await house.sign_in("petra") as petra:
        assert (await petra.get(f"/permits/{earlier.id}")).status_code == 503
        text = (await petra.get(f"/permits/{permit.id}")).text
    assert "An earlier record does not hold together" in text
    assert "data-shown" in text
