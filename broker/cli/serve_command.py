"""``penstock serve``: the processes that work in a node's folder. Each of them starts by way of here."""

import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path

import click

from broker.cli.answer import plainly
from broker.clock import SystemClock
from broker.layout import Layout
from broker.parent import PROCESSES, WITHOUT_STORE, Parent, end_with
from broker.processes.start import log_as_json, run_process
from broker.settings import read_settings


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
    """Run the node: gate, console, signer and watchdog, and the uploader where evidence has a second store."""
    layout = Layout(config.resolve().parent)
    settings = read_settings(layout)  # a fault shows here, once, and not in each process below
    if only is not None:
        if parent is not None:
            end_with(parent)
        run_process(only, layout)
        return
    log_as_json("parent")
    only_these = PROCESSES if settings.store.endpoint else WITHOUT_STORE
    asyncio.run(_keep(config.resolve(), only_these))


async def _keep(config: Path, processes: Sequence[str]) -> None:
    parent = Parent(config, SystemClock(), processes)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, parent.end)
    await parent.run()
