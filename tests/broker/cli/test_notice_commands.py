"""What people were told, on the command line; a way out, tried against a real mail server."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from broker.cli.root import penstock
from broker.layout import Layout
from broker.notices.choices import Choices, Delivery
from broker.notices.deliveries import Deliveries
from broker.notices.outbox import Outbox
from domain.ids import PersonId
from tests.authority import authority
from tests.broker.notices.channels.places import PASSWORD, USERNAME, Place, mail_server
from tests.broker.processes.running import founded
from tests.domain.test_notice import AT, notice
from tests.node import Node
from tests.node_clients import until

ALIVE = pytest.mark.asyncio(loop_scope="session")
SVEN = PersonId("sven")


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return founded(tmp_path_factory.mktemp("notices"))


def run(layout: Layout, *arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(penstock, ["notices", *arguments, "--dir", str(layout.folder)])
    return done.exit_code, done.stdout, done.stderr


@contextmanager
def mail_in_a_thread(folder: Path) -> Iterator[tuple[Place, str]]:
    """A mail server beside a command that has an event loop of its own."""
    known = authority(folder)
    ready, done = threading.Event(), asyncio.Event()
    kept: list[tuple[Place, asyncio.AbstractEventLoop]] = []

    async def serve() -> None:
        async with mail_server(known.server()) as place:
            kept.append((place, asyncio.get_running_loop()))
            ready.set()
            await done.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait()
    place, loop = kept[0]
    try:
        yield place, known.ca_file
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()


def test_a_list_says_how_far_each_notice_got_and_no_address(layout: Layout) -> None:
    assert run(layout, "list") == (0, "Nobody was told anything.\n", "")
    outbox = Outbox(layout.notices)
    deliveries = Deliveries(outbox)
    deliveries.choose(SVEN, Choices(mail="sven@plant.example"))
    for person, key in ((SVEN, "a"), (SVEN, "b"), (PersonId("petra"), "c")):
        outbox.put(notice(key=key, to=person, subject=f"About {key}\x1b[31m"))
    first = outbox.told(SVEN)[-1].number
    deliveries.route(first, [Delivery("mail", AT)])
    deliveries.failed(deliveries.due(AT)[0], "unreachable", AT)
    status, said, _ = run(layout, "list", "--person", "sven")
    assert status == 0
    assert [line.split()[2:4] for line in said.splitlines()[1:]] == [["sven", "asked"], ["sven", "asked"]]
    assert "mail failed" in said
    assert "\x1b" not in said
    _, said, _ = run(layout, "list", "--failed", "--json")
    (found,) = json.loads(said)
    assert (found["key"], found["deliveries"][0]["code"]) == ("a", "unreachable")
    assert "plant.example" not in said


def test_a_way_that_is_switched_off_is_said_to_be(layout: Layout) -> None:
    status, _, complaint = run(layout, "test", "webhook", "--to", "sven")
    assert status == 2
    assert "switched off" in complaint
    assert "docs/notices.md" in complaint
    assert run(layout, "test", "mail", "--to", "nobody")[0] == 2


def test_a_way_out_is_tried_and_its_answer_is_said(layout: Layout, tmp_path: Path) -> None:
    before = layout.config.read_text()
    Deliveries(Outbox(layout.notices)).choose(SVEN, Choices(mail="sven@plant.example"))
    with mail_in_a_thread(tmp_path / "known") as (place, ca_file):
        mail = (
            f'\n[mail]\nhost = "127.0.0.1"\nport = {place.port}\nsender = "penstock@plant.example"\n'
            f'username = "{USERNAME}"\nca_file = "{ca_file}"\n'
        )
        layout.config.write_text(before + mail)
        layout.notice_secrets.touch(0o600)
        try:
            layout.notice_secrets.write_text(f'[mail]\npassword = "{PASSWORD}"\n')
            status, said, _ = run(layout, "test", "mail", "--to", "sven")
            assert (status, said) == (0, "The other side has it.\n")
            assert b"A notice to see whether notices arrive" in place.taken[0]
            layout.notice_secrets.write_text('[mail]\npassword = "wrong"\n')
            status, said, _ = run(layout, "test", "mail", "--to", "sven", "--json")
            assert (status, json.loads(said)["code"]) == (1, "not_let_in")
            status, said, _ = run(layout, "test", "mail", "--to", "petra")
            assert status == 1
            assert "no_address" in said
        finally:
            layout.config.write_text(before)
            layout.notice_secrets.unlink()


def test_an_address_is_kept_only_once_the_ledger_has_heard(layout: Layout) -> None:
    assert run(layout, "address", "petra", "petra")[0] == 2
    status, _, complaint = run(layout, "address", "petra", "petra@plant.example")
    assert status == 1  # nothing runs here, so nobody can write it down
    assert complaint.startswith("penstock: ")
    assert Deliveries(Outbox(layout.notices)).choices(PersonId("petra")) == Choices()


@ALIVE
async def test_a_running_node_tells_of_a_wish_and_of_a_start_and_says_so_in_its_ledger(plant: Node) -> None:
    """B06: with nothing set up, by the console alone: told on approval, and heard once somebody looks."""
    person = plant.fresh()
    permit = await plant.permitted(person)
    outbox = Outbox(plant.layout.notices)

    def keys(of: str) -> set[str]:
        return {one.notice.key for one in outbox.told(PersonId(of))}

    await until(lambda: {f"asked:{permit}", f"starts:{permit}"} <= keys("petra"), "what petra is told")
    await until(lambda: f"decided:{permit}:approved" in keys(person), f"what {person} is told")
    page = await plant.holder()
    assert "A vendor" in (await page.get("/told")).text
    heard = await plant.event("NoticeSent", permit=permit, kind="starts")
    assert (heard["to"], heard["channel"], heard["confirmed"]) == ("petra", "console", True)


@ALIVE
async def test_an_address_is_evidence_without_itself_and_its_person_hears_of_it(plant: Node) -> None:
    said = await plant.here("notices", "address", "olga", "olga@plant.example")
    assert said["mail"] is True
    made = await plant.event("NoticeChoiceMade", person="olga")
    assert made["by"].startswith("local:")
    assert "plant.example" not in json.dumps(plant.events())
    listed = await plant.here("notices", "list", "--person", "olga")
    assert listed[0]["subject"] == "Where you read your notices was changed"
    await plant.here("notices", "address", "olga")
    assert Deliveries(Outbox(plant.layout.notices)).choices(PersonId("olga")).mail == ""
