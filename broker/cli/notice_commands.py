"""``penstock notices``: what people were told and how far it got; whether a way out works."""

import asyncio

import click

from broker.cli.answer import NO, fail, json_option, local_name, node_option, plainly, table, tell
from broker.cli.node_database import known_person
from broker.clock import SystemClock
from broker.layout import Layout
from broker.ledger import append_now
from broker.notices.channels.channel import DeliveryError
from broker.notices.choices import Choices
from broker.notices.choosing import address_changed, choice_made
from broker.notices.deliveries import Deliveries, Standing
from broker.notices.message import is_address, message_of
from broker.notices.outbox import Outbox, Told
from broker.notices.ways import ways_of
from broker.settings import read_settings
from domain.canonical import Json, instant_text
from domain.ids import PersonId
from domain.notice import Notice, NoticeKind


@click.group()
def notices() -> None:
    """What people were told, and how far it got; try whether a way out works."""


@notices.command("list", epilog="Example: penstock notices list --person sven --failed --json")
@click.option("--person", default="", help="Of this person only.")
@click.option("--failed", is_flag=True, help="Only those of which some delivery failed.")
@click.option("--most", default=50, show_default=True, type=click.IntRange(1, 10_000))
@node_option
@json_option
@plainly
def list_(person: str, layout: Layout, *, failed: bool, most: int, as_json: bool) -> None:
    """List notices, newest first, each with where its deliveries stand. Addresses are not shown."""
    deliveries = Deliveries(Outbox(layout.notices))
    found = [
        (told, standing)
        for told, standing in deliveries.newest(PersonId(person) if person else None, most)
        if not failed or any(one.state == "failed" for one in standing)
    ]
    rows = [
        [
            f"{told.notice.at:%Y-%m-%d %H:%M:%S}",
            told.notice.to,
            told.notice.kind.value,
            ", ".join(
                [*(f"{one.channel} {one.state}" for one in standing), *(["read"] if told.read_at else [])]
            )
            or "in the console",
            told.notice.subject,
        ]
        for told, standing in found
    ]
    heads = ["at (UTC)", "to", "about", "standing", "subject"]
    lines = table(rows, heads) if rows else ["Nobody was told anything."]
    tell([_document(told, standing) for told, standing in found], lines, as_json=as_json)


@notices.command("test", epilog="Example: penstock notices test mail --to sven")
@click.argument("channel", type=click.Choice(["mail", "webhook", "chat", "syslog", "push"]))
@click.option("--to", "person", required=True, help="Whose address to use; for the others, whom to name.")
@node_option
@json_option
@plainly
def test(channel: str, person: str, layout: Layout, *, as_json: bool) -> None:
    """Send one message by CHANNEL now, and say what the other side answered. Exit 1 when it was not taken.

    It goes out from this command itself, with the node's settings and secrets, and is no evidence.
    """
    _, who = known_person(layout, person)
    clock = SystemClock()
    ways = ways_of(layout, read_settings(layout), clock)
    way = ways.channel(channel)
    if way is None:
        fail(
            f"{channel} is switched off on this node.",
            f"Fill in [{channel}] in penstock.toml; docs/notices.md shows how.",
            status=2,
        )
    address = Deliveries(Outbox(layout.notices)).choices(who).mail if way.personal else ""
    notice = Notice(
        key=f"test:{int(clock.now().timestamp())}",
        to=who,
        kind=NoticeKind.TEST,
        at=clock.now().replace(microsecond=0),
        subject="A notice to see whether notices arrive",
        sentences=(f"{local_name()} asked for it on the plant's machine.",),
        path="/told",
    )
    message = message_of(notice, channel, address=address, origin=ways.origin, full=ways.full)
    try:
        asyncio.run(way.send(message))
    except DeliveryError as error:
        refused = {"channel": channel, "to": who, "taken": False, "code": error.code, "fact": error.fact}
        tell(refused, [f"Not taken [{error.code}]: {error}"], as_json=as_json)
        raise SystemExit(NO) from None
    said = "The other side has it." if way.confirms else "It was sent; this way confirms nothing."
    tell({"channel": channel, "to": who, "taken": True, "confirmed": way.confirms}, [said], as_json=as_json)


@notices.command(epilog="Example: penstock notices address sven sven@plant.example")
@click.argument("person")
@click.argument("mail", default="")
@node_option
@json_option
@plainly
def address(person: str, mail: str, layout: Layout, *, as_json: bool) -> None:
    """Say where PERSON reads e-mail; without MAIL, nowhere. Each can do so in the console, for themselves.

    The running node's ledger is told first, and PERSON is told in the console. Quiet hours and the like stay.
    """
    _, who = known_person(layout, person)
    if mail and not is_address(mail):
        fail(f"{mail!r} is no e-mail address that can be written to.", status=2)
    deliveries, clock, by = Deliveries(Outbox(layout.notices)), SystemClock(), local_name()
    before = deliveries.choices(who)
    wanted = Choices(mail, before.quiet, before.digest, before.digest_at, before.zone)
    made = choice_made(who, wanted, by, clock.now())
    append_now(layout.signer_socket, made)
    deliveries.choose(who, wanted)
    if mail != before.mail:
        deliveries.outbox.put(address_changed(made))
    said = f"{person} reads e-mail at {mail}." if mail else f"{person} gets no e-mail."
    tell({"person": who, "mail": bool(mail), "by": by}, [said], as_json=as_json)


def _document(told: Told, standing: tuple[Standing, ...]) -> Json:
    notice = told.notice
    return {
        "number": told.number,
        "key": notice.key,
        "to": notice.to,
        "kind": notice.kind.value,
        "at": instant_text(notice.at),
        "subject": notice.subject,
        "urgent": notice.urgent,
        "permit": notice.permit,
        "read_at": None if told.read_at is None else instant_text(told.read_at),
        "deliveries": [
            {"channel": one.channel, "state": one.state, "attempts": one.attempts, "code": one.code}
            for one in standing
        ],
    }
