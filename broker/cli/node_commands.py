"""``penstock init`` and ``penstock serve``: a node's folder, and the four processes that work in it."""

import asyncio
import signal
from pathlib import Path

import click

from broker.cli.answer import json_option, plainly, tell
from broker.clock import SystemClock
from broker.demo.sample import sample_charter
from broker.founding import found
from broker.parent import PROCESSES, Parent, end_with
from broker.processes.start import log_as_json, run_process
from broker.settings import Layout, read_settings


@click.command(epilog="Example: penstock init /srv/penstock --origin plant.example/ot-access/1")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--origin",
    default="plant.example/ot-access/1",
    show_default=True,
    help="The ledger's name, for ever: a name of yours, a slash, a purpose, a number.",
)
@json_option
@plainly
def init(folder: Path, origin: str, *, as_json: bool) -> None:
    """Found a node in FOLDER: keys drawn here, a configuration, a sample charter to edit."""
    layout = Layout(folder.resolve())
    now = SystemClock().now()
    found(layout, charter=sample_charter(today=now.date()), origin=origin, at=now)
    tell(
        {"folder": str(layout.folder), "vkey": layout.ledger_vkey.read_text().strip()},
        [
            f"Founded {layout.folder}.",
            "Next:",
            f"  1. edit {layout.charter} to say what your plant is, then: penstock charter check --dir {folder}",
            f"  2. penstock doctor --dir {folder}",
            f"  3. penstock serve --config {layout.config}",
            f"Hand {layout.ledger_vkey} to your auditor now: evidence is verified against it.",
        ],
        as_json=as_json,
    )


@click.command(epilog="Example: penstock serve --config /srv/penstock/penstock.toml")
@click.option(
    "--config",
    default="penstock.toml",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The node's configuration; its folder is the node's folder.",
)
@click.option(
    "--only",
    type=click.Choice(PROCESSES),
    help="Run this one process in the foreground, as the systemd units do.",
)
@click.option("--parent", type=int, hidden=True)
@plainly
def serve(config: Path, only: str | None, parent: int | None) -> None:
    """Run the node: gate, console, signer and watchdog, started and watched by a small parent."""
    layout = Layout(config.resolve().parent)
    read_settings(layout)  # a fault shows here, once, and not four times below
    if only is not None:
        if parent is not None:
            end_with(parent)
        run_process(only, layout)
        return
    log_as_json("parent")
    asyncio.run(_keep(config.resolve()))


async def _keep(config: Path) -> None:
    parent = Parent(config, SystemClock())
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, parent.end)
    await parent.run()
