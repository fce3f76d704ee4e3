"""What is signed besides permits, by passkey in a real browser: a charter's version, and what one took over."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from approvals.trust import Passkey
from broker.charter.desk import CharterDesk
from domain.ids import ConduitId, PersonId
from domain.plant import Outflow
from domain.window import TimeWindow
from tests.broker.chartered import LONGER, NODE, Chartered
from tests.broker.console.house import House
from tests.journeys.browsing import Site, Visit, add_security_key, needs_browser, screens
from tests.policies.plant import charter, charter_with

pytestmark = [needs_browser, pytest.mark.timeout(300)]


def name_of(screen: dict[str, object], what: str) -> str:
    return f"{'phone' if screen['width'] == 360 else 'desk'}-{what}"


async def with_passkey(visit: Visit, person: str) -> None:
    """Signed in, with a security key that was registered here and enrolled at the plant."""
    await visit.sign_in(person)
    await add_security_key(visit.context, visit.page)
    await visit.go("/passkeys")
    await visit.page.click("text=Register a passkey")
    await visit.page.wait_for_selector("output.fingerprint")
    (made,) = await visit.house.desk.pending.of(PersonId(person))
    visit.house.trust = visit.house.trust.with_passkey(
        PersonId(person),
        Passkey(
            made.credential_id,
            made.public_key,
            made.label,
            visit.house.clock.now(),
            "olga",
            backup_eligible=made.backup_eligible,
        ),
    )


@pytest.mark.parametrize("screen", screens("desk"))
async def test_a_holder_signs_a_version_of_the_charter_and_it_is_in_force(
    site: Site, screen: dict, tmp_path: Path
) -> None:
    """S-05, S-45, S-46: read in words, with what it would have decided otherwise, signed by passkey, in force with the last signature that it needed."""
    house = site.house
    plant = Chartered(tmp_path / "chartered", house.clock.now())
    in_force = plant.begin()
    plant.trust = lambda: house.trust
    drafts = CharterDesk(plant.layout, NODE, plant.trust)
    object.__setattr__(house.desk.parts, "drafts", drafts)

    async def append(event: object) -> int:
        return plant.append(event)  # type: ignore[arg-type] # the node's own ledger

    house.desk.parts.ledger.append = append  # type: ignore[method-assign]
    object.__setattr__(house.desk.parts, "log", plant.log_reader())  # to which all of this is told
    for _ in range(3):
        await house.ask()
    plant.edit("vendors.toml", '"2001:db8:17::/48"', '"192.0.2.0/24"')  # where these wishes came from
    plant.edit(*LONGER)
    drafts.propose(plant.layout.charter_files(), "The drives need longer", house.clock.now(), plant.weigh)
    async with site.visit(name_of(screen, "charter"), **screen) as petra:
        await with_passkey(petra, "petra")
        await petra.go("/charter")
        assert await petra.page.is_visible("text=the longest window from 4 h to 5 h")
        assert await petra.page.is_visible(
            "text=3 requests of 90 days and 0 live permits: 3 decisions would change."
        )
        await petra.look("proposed")
        await petra.page.click("text=as of now")
        await petra.page.wait_for_selector("h4 >> text=As of now")
        await petra.look("as-of-now")
        await petra.page.click("text=Sign with your passkey")
        await petra.page.wait_for_selector("text=Nothing waits for a signature")
        await petra.look("signed")
    version = in_force.look()
    assert version is not None
    (signature,) = version.application.signatures
    assert (signature.person, signature.kind) == ("petra", "passkey")


@pytest.mark.parametrize("screen", screens("phone"))
async def test_an_heir_attests_by_passkey_and_the_right_is_held_again(site: Site, screen: dict) -> None:
    """J03: with the same key as a permit is approved with."""
    house = site.house
    since = house.clock.now() - timedelta(days=40)
    connect, *others = charter().register
    house.charter = charter_with(
        holdings=(
            replace(connect, window=TimeWindow(connect.window.start, since)),
            replace(connect, holder=PersonId("milo"), window=TimeWindow(since, connect.window.end)),
            *others,
        )
    )
    async with site.visit(name_of(screen, "attest"), **screen) as milo:
        await with_passkey(milo, "milo")
        await milo.go("/voids")
        assert await milo.page.is_visible("text=overdue attestation")
        await milo.look("due")
        await milo.page.click("text=I answer for it, with my passkey")
        await milo.page.wait_for_selector("text=Every right has a holder")
        await milo.look("attested")
    (leaf,) = house.events("RightAttested")
    assert (leaf["person"], leaf["kind"]) == ("milo", "passkey")


async def in_dispute(house: House) -> str:
    """Deniz lets her connect, and Petra holds back what may leave; both by the API."""
    way = charter().conduits[ConduitId("dmz-operations")]
    leaving = replace(way, data_out=frozenset({Outflow.SFTP}))
    house.charter = charter_with(conduits={**charter().conduits, way.id: leaving})
    permit = await house.ask()
    path = f"/api/v1/permits/{permit.id}"
    async with house.client() as script:
        yes = {"right": "connect", "code": house.code("deniz"), "digest": permit.digest().hex()}
        agreed = await script.post(f"{path}/approve", json=yes, headers=await house.bearer("deniz"))
        assert agreed.status_code == 200, agreed.text
        no = {"reason": "Not these files."}
        refused = await script.post(f"{path}/refuse", json=no, headers=await house.bearer("petra"))
        assert refused.json()["state"] == "disputed", refused.text
    return permit.id


@pytest.mark.parametrize("screen", screens("desk"))
async def test_an_arbiter_reads_both_positions_and_settles_by_passkey(site: Site, screen: dict) -> None:
    """B14, S-24: in a real browser, with the reason that both sides read."""
    house = site.house
    permit = await in_dispute(house)
    async with site.visit(name_of(screen, "disputed"), **screen) as ana:
        await ana.sign_in("ana")
        await ana.go(f"/permits/{permit}")
        await ana.page.wait_for_selector("text=in dispute; S. Lindqvist decides as arbiter")
        await ana.look("vendor")
    async with site.visit(name_of(screen, "arbiter"), **screen) as sven:
        await with_passkey(sven, "sven")
        await sven.go("/queue")
        await sven.page.click("ul.permits li.mine a")
        await sven.page.wait_for_selector("text=You are the arbiter")
        assert await sven.page.is_visible("text=Not these files.")
        await sven.look("settle")
        await sven.page.fill("#settle-reason", "They are drawings, and numbered.")
        await sven.page.click("text=Let it happen >> nth=0")
        await sven.page.wait_for_selector(".state-approved")
        await sven.look("settled")
    (settled,) = house.events("PermitSettled")
    assert (settled["by"], settled["reason"]) == ("sven", "They are drawings, and numbered.")
