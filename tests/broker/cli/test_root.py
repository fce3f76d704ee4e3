"""The command line as a whole: every command is there, helps, and loads only what it needs."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from broker.cli.root import COMMANDS, SAYS, penstock
from tests.for_each import for_each


@for_each("name", sorted(COMMANDS))
def test_every_command_helps_with_an_example(name: str) -> None:
    done = CliRunner().invoke(penstock, [name, "--help"])
    assert done.exit_code == 0
    command = penstock.get_command(click.Context(penstock), name)
    assert isinstance(command, click.Group) or "Example: penstock" in done.output


def test_the_list_of_commands_has_a_whole_sentence_for_each() -> None:
    assert list(SAYS) == list(COMMANDS)
    shown = CliRunner().invoke(penstock, ["--help"], terminal_width=80).output
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert all(f"{name} {sentence}" in lines for name, sentence in SAYS.items())


def test_helping_loads_no_command() -> None:
    asked = (
        "import sys\nfrom broker.cli.root import penstock\n"
        "penstock(['--help'], standalone_mode=False)\nprint(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert [one for one in done.stderr.split() if one.startswith("broker.")] == [
        "broker.cli",
        "broker.cli.root",
    ]


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
