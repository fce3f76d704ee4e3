from pathlib import Path

import pytest

from approvals.armour import bare
from broker.cli.signing import signed_by_tool
from tests.approvals.ssh import stock_key
from tests.programs import needs


def test_the_stock_tool_signs_in_the_namespace_that_is_asked_for(tmp_path: Path) -> None:
    text = signed_by_tool(stock_key(tmp_path).path, b"message", "permit@penstock")
    assert b"permit@penstock" in bare(text)


@needs("ssh-keygen")
def test_a_key_that_is_none_ends_the_command_with_the_tool_s_own_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        signed_by_tool(tmp_path / "none", b"message", "permit@penstock")
    assert "ssh-keygen did not sign" in capsys.readouterr().err


def test_without_the_tool_it_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit):
        signed_by_tool(tmp_path / "none", b"message", "permit@penstock")
    assert "Install the OpenSSH client" in capsys.readouterr().err
