"""What the command says before there is a connection; with a gate and a device it is in tests/peers/test_tunnel.py."""

import pytest
from click.testing import CliRunner

from broker.cli.tunnel_command import tunnel
from broker.demo.ports import free_port


@pytest.mark.parametrize("gate", ["gate.example", "@gate", "ana@", "ana@:22"])
def test_a_gate_is_said_with_who_you_are_there(gate: str) -> None:
    done = CliRunner().invoke(tunnel, ["--gate", gate])
    assert done.exit_code == 2
    assert "you@host:port" in done.stderr


def test_a_gate_that_does_not_answer_is_69_with_a_remedy() -> None:
    done = CliRunner().invoke(tunnel, ["--gate", f"ana@127.0.0.1:{free_port()}"])
    assert done.exit_code == 69
    assert "can't be reached" in done.stderr
    assert "What to do: " in done.stderr
