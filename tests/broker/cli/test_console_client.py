from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from broker.cli.console_client import Console, console_options, perhaps_console


@click.command()
@console_options
def always(_console: Console) -> None:
    """Needs the console."""


@click.command()
@perhaps_console
def sometimes(console: Console | None) -> None:
    """Does without."""
    click.echo("alone" if console is None else "asked")


def test_a_command_that_needs_the_console_needs_a_token() -> None:
    done = CliRunner().invoke(always, [])
    assert (done.exit_code, "--token-file" in done.output) == (2, True)


def test_one_that_does_not_gets_none_without_a_token(tmp_path: Path) -> None:
    assert CliRunner().invoke(sometimes, []).output == "alone\n"
    token = tmp_path / "token"
    token.write_text("pnst_x")
    assert CliRunner().invoke(sometimes, ["--token-file", str(token)]).output == "asked\n"


@pytest.mark.parametrize("wrong", ["--token-file", "--ca"])
def test_a_file_that_can_not_be_read_is_wrong_usage(tmp_path: Path, wrong: str) -> None:
    token = tmp_path / "token"
    token.write_text("pnst_x")
    given = {"--token-file": str(token), "--ca": ""} | {wrong: str(tmp_path / "none")}
    words = [part for name, value in given.items() if value for part in (name, value)]
    done = CliRunner().invoke(always, words)
    assert (done.exit_code, "can't be read" in done.output) == (2, True)
