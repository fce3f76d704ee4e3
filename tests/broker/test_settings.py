"""A node's configuration: small, strict, and clear about what is wrong where."""

from pathlib import Path

import pytest

from broker.layout import Layout
from broker.settings import read_settings
from domain.errors import ConfigError

SMALLEST = '[ledger]\norigin = "plant.example/ot-access/1"\n'


def node(tmp_path: Path, text: str) -> Layout:
    layout = Layout(tmp_path)
    layout.config.write_text(text)
    return layout


def test_the_smallest_configuration_has_sane_defaults(tmp_path: Path) -> None:
    layout = node(tmp_path, SMALLEST)
    settings = read_settings(layout)
    assert (settings.ssh.host, settings.ssh.port) == ("127.0.0.1", 2222)
    assert settings.origin == "https://localhost:8443"
    assert settings.database_url(layout) == f"sqlite+aiosqlite:///{tmp_path}/penstock.db"


def test_the_usual_https_port_is_left_out_of_the_origin_as_browsers_do(tmp_path: Path) -> None:
    assert read_settings(node(tmp_path, SMALLEST + "[console]\nport = 443\n")).origin == "https://localhost"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        pytest.param(SMALLEST + "[ssh]\nprot = 22\n", 4, "ssh.prot", id="a misspelt key"),
        pytest.param(SMALLEST + "[ssh]\nport = 70000\n", 4, "ssh.port", id="a port out of range"),
        pytest.param(SMALLEST + '[ssh]\nport = "22"\n', 4, "ssh.port", id="a port as text"),
        pytest.param("[ssh]\nport = 22\n", 0, "ledger", id="a missing section"),
        pytest.param("[ssh\n", 1, "not TOML", id="not TOML"),
        pytest.param("\ufeff[ssh]\n", 1, "not TOML", id="a byte order mark"),
        pytest.param("[ssh]\nport = 1\nport = 2\n", 3, "not TOML", id="a key twice"),
        pytest.param(f"a = {'[' * 50_000}", 0, "nested too deeply", id="nested too deeply"),
        pytest.param(f"a = {'9' * 50_000}", 0, "not TOML", id="a number that is too long"),
        pytest.param(SMALLEST + '"\\u001b]52\\u0007\\u202e" = 1\n', 0, r"x1b\]52", id="a key that would act"),
        (
            '[ledger]\norigin = "x/y"\n[time_stamps]\nurl = "https://me:secret@tsa.example/"\n',
            4,
            "time_stamps.url",
        ),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        read_settings(node(tmp_path, text))
    assert caught.value.line == line
    assert "What to do: docs/settings.md" in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000
    assert caught.value.file.endswith("penstock.toml")


def test_a_missing_configuration_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="penstock init"):
        read_settings(Layout(tmp_path))


def test_a_configuration_that_is_not_text_is_named(tmp_path: Path) -> None:
    Layout(tmp_path).config.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not TOML"):
        read_settings(Layout(tmp_path))
