"""``penstock demo``: the demonstration plant, up until Ctrl-C."""

import asyncio
import contextlib
import signal
import tempfile
from pathlib import Path

import click

from broker.cli.answer import plainly
from broker.demo.plant import Demo, DemoPerson, demonstration, one_line, write_people


@click.command(epilog="Example: penstock demo --dir /tmp/plant --ssh-port 0 --https-port 0 --json")
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), help="A new folder for it; else a temporary one."
)
@click.option(
    "--ssh-port", default=2222, show_default=True, type=click.IntRange(0, 65535), help="0: any free one."
)
@click.option(
    "--https-port", default=8443, show_default=True, type=click.IntRange(0, 65535), help="0: any free one."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object on one line once everything listens."
)
@plainly
def demo(folder: Path | None, ssh_port: int, https_port: int, *, as_json: bool) -> None:
    """Bring a demonstration plant up on this machine: machines, people, and Penstock in front of them.

    Everything listens on 127.0.0.1. Keys, passwords and codes are drawn fresh each time.
    """
    chosen = (folder or Path(tempfile.mkdtemp(prefix="penstock-")) / "plant").resolve()
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_run(chosen, ssh_port, https_port, as_json=as_json))


async def _run(folder: Path, ssh_port: int, https_port: int, *, as_json: bool) -> None:
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, ending.set)
    if not as_json:
        click.echo("Founding the plant: keys, machines, people …")
    async with demonstration(folder, ssh_port=ssh_port, https_port=https_port) as plant:
        write_people(plant, folder.with_name(folder.name + "-machines") / "people.json")
        click.echo(one_line(plant) if as_json else doors(plant))
        await ending.wait()
        if not as_json:
            click.echo("\nEnding: sessions are closed, recordings sealed …")
    if not as_json:
        click.echo(f"Ended. Its evidence stays in {folder}.")


def doors(plant: Demo) -> str:
    """The three doors, with what to paste where."""
    who = {one.id: one for one in plant.people}
    known = plant.layout.folder.with_name(plant.layout.folder.name + "-machines") / "known_hosts"
    known.write_text(plant.known_hosts + "\n")
    ana, petra, iris = who["ana"], who["petra"], who["iris"]
    ssh = f"ssh -p {plant.ssh_port} -i {ana.ssh_key} -o UserKnownHostsFile={known}"
    return f"""
Riverside Water Works is up. Nothing in it is real, and everything works.

 1  The vendor's door · {ana.name}, Brightwater Drives
      {ssh} ana@127.0.0.1
      {ssh} ana+eng-ws-1@127.0.0.1
    one-time codes: {_code_command(ana)}
    In the first, type:  ask eng-ws-1 --for 2h --purpose "pump drive tuning"
    or ask in a browser, at the next door's address: sign in as {ana.id}   password {ana.password}

 2  The holder's door · {petra.name}, who decides about connections
      {plant.url}
    sign in as {petra.id}   password {petra.password}
    one-time codes: {_code_command(petra)}
    Approve with a code, or register a passkey there and have it enrolled with the command it shows.

 3  The auditor's door · {iris.name}
      {plant.url}
    sign in as {iris.id}    password {iris.password}
    one-time codes: {_code_command(iris)}

 Everybody else, with keys, passwords and codes: {known.with_name("people.json")}
 The browser will not know this plant's certificate; its authority is {plant.layout.tls_authority}
 The kill switch: .venv/bin/penstock isolate all --dir {plant.layout.folder}

Ctrl-C ends it.""".strip("\n")


def _code_command(person: DemoPerson) -> str:
    return f".venv/bin/python -c \"import pyotp; print(pyotp.TOTP('{person.totp_secret}').now())\""
