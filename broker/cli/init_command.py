"""``penstock init``: a node's folder."""

from pathlib import Path

import click

from broker.charter.founding import found
from broker.cli.answer import json_option, plainly, tell
from broker.clock import SystemClock
from broker.demo.sample import sample_charter
from broker.layout import Layout


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
