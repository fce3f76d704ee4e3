"""A day on which a lot happens at once: something behind every address of the console."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from broker.charter.desk import CharterDesk
from broker.control import GateClient
from broker.notices.follower import Follower
from broker.people.application import read
from broker.people.applications import TAKEN
from broker.watchdog.interlocks import BreakGlass, Isolate, SetState, apply
from domain.break_glass import Glass
from domain.ids import PersonId, ZoneId
from domain.plant import OperatingState
from recorder.format.frame import Kind
from tests.broker.chartered import LONGER, NODE, Chartered
from tests.broker.console.files.bringing import FILE, bring
from tests.broker.console.house import SESSION, House
from tests.broker.people.test_application import GOOD


async def busy(house: House, folder: Path) -> Mapping[str, str]:
    """Something on every page: what the routes' placeholders stand for."""
    permit = await house.ask()
    opened = await house.ask()
    house.go_live(permit)
    house.watch.sessions[0]["held"] = ["unattended"]
    recording = house.recording()
    recording.write(
        Kind.TO_VENDOR, 1, b"\x1b[1mpump7\x1b[0m $ show starts\r\npump 7 has 42 starts\r\npump7 $ "
    )
    await house.record(permit)
    await house.forwarded()
    now = house.clock.now()
    held = house.watch.interlocks
    for command in (
        Isolate("vendor:kestrel", "milo", "Their laptops are being searched"),
        SetState(ZoneId("pumping"), OperatingState.MAINTENANCE, "milo", "Pump 3 is out for its bearings"),
    ):
        held = apply(held, command)
    glass = Glass(
        opened.id,
        "dmz-pumping",
        ZoneId("pumping"),
        (PersonId("milo"), PersonId("sven")),
        now,
        now + timedelta(hours=1),
    )
    house.watch.interlocks = apply(held, BreakGlass(glass))
    plant = Chartered(folder / "chartered", now)
    plant.begin()
    plant.trust = lambda: house.trust
    plant.edit(*LONGER)
    drafts = CharterDesk(plant.layout, NODE, plant.trust)
    drafts.propose(plant.layout.charter_files(), "The drives need longer", now, plant.weigh)
    object.__setattr__(house.desk.parts, "drafts", drafts)
    object.__setattr__(house.desk.parts, "steps", GateClient(folder / "gate.sock"))
    follower = Follower(house.notices, house.log, house.desk.parts.charter, house.clock)
    follower.step()  # it begins with the newest leaf, and tells of what comes
    await house.ask()
    follower.step()
    proposed = drafts.waiting()
    assert proposed is not None
    digest = proposed.proposal.digest().hex()
    link = await house.desk.applications.file("a1", read(*GOOD), "192.0.2.77", None)
    await house.desk.applications.file("a2", read(*GOOD), "192.0.2.78", None)
    await house.desk.applications.answer("a2", TAKEN, PersonId("olga"), "")
    await bring(house)
    return {
        "permit": permit.id,
        "session": SESSION,
        "channel": "0",
        "screen": "1",
        "control": "BC-02",
        "digest": digest,
        "link": link,
        "application": "a2",
        "file": FILE,
    }
