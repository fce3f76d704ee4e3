"""How every command speaks, to people and to machines, and what its exit status means."""

import json

import click
import pytest
from click.testing import CliRunner, Result

from broker.cli.answer import fail, json_option, plainly, secret_from_stdin, table, tell
from domain.errors import ConfigError, EvidenceError


def outcome(error: Exception | None, *arguments: str) -> Result:
    @click.command()
    @json_option
    @plainly
    def command(*, as_json: bool) -> None:
        if error is not None:
            raise error
        tell({"asset": "eng-ws-1"}, ["eng-ws-1\x1b[2J is here."], as_json=as_json)

    return CliRunner().invoke(command, list(arguments))


def test_a_person_reads_lines_in_which_nothing_acts_on_the_terminal() -> None:
    done = outcome(None)
    assert done.exit_code == 0
    assert "is here." in done.output
    assert "\x1b" not in done.output


def test_a_machine_reads_one_json_value_on_one_line() -> None:
    done = outcome(None, "--json")
    assert json.loads(done.output) == {"asset": "eng-ws-1"}
    assert done.output.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        pytest.param(ConfigError("No such key.", file="penstock.toml", line=3), 2, "penstock.toml:3: No such key.", id="a file to change"),
        pytest.param(EvidenceError("The log is down.", remedy="Start it."), 1, "The log is down. What to do: Start it.", id="a no"),
        pytest.param(PermissionError(13, "Permission denied", "keys/vault.key"), 1, "Run this as the node's own user.", id="the wrong user"),
    ],
)  # fmt: skip
def test_an_expected_error_is_a_sentence_on_stderr_and_no_traceback(
    error: Exception, status: int, sentence: str
) -> None:
    done = outcome(error)
    assert done.exit_code == status
    assert sentence in done.stderr
    assert done.stdout == ""


def test_a_bug_is_not_hidden() -> None:
    assert isinstance(outcome(ValueError("a bug")).exception, ValueError)


def test_a_failure_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        fail("It is full.", "Make room.", status=77)
    assert ended.value.code == 77
    assert capsys.readouterr().err == "penstock: It is full. What to do: Make room.\n"


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert table([["plc-07", "up"], ["a", "down"]], ["asset", "is"]) == [
        "asset   is",
        "plc-07  up",
        "a       down",
    ]


def test_a_secret_comes_by_standard_input_whole() -> None:
    @click.command()
    def command() -> None:
        click.echo(repr(secret_from_stdin("Password")))

    assert CliRunner().invoke(command, input=" pass word \nmore\n").output == "' pass word '\n"
