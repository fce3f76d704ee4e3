"""The command line as a whole: every command is there, helps, and loads only what it needs."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from broker.cli.root import COMMANDS, penstock


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_helps_with_an_example(name: str) -> None:
    done = CliRunner().invoke(penstock, [name, "--help"])
    assert done.exit_code == 0
    command = penstock.get_command(click.Context(penstock), name)
    assert isinstance(command, click.Group) or "Example: penstock" in done.output


@pytest.mark.parametrize(
    "arguments", [["nothing-like-it"], ["isolate"], ["state", "set", "cell-1", "melting"]]
)
def test_wrong_usage_ends_with_two(arguments: list[str]) -> None:
    assert CliRunner().invoke(penstock, arguments).exit_code == 2


def test_the_kill_switch_does_not_wait_for_what_it_does_not_need() -> None:
    loaded = "import sys, broker.cli.root, broker.cli.interlock_commands; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    ).stdout
    assert not {"asyncssh", "fastapi", "sqlalchemy"} & set(modules.split())
