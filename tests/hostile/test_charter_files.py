"""Charter files that nobody would write: each fault is a line with its file, and the charter in force stays."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from broker.charter.founding import found
from broker.cli.charter_commands import charter
from broker.clock import SystemClock
from broker.demo.sample import sample_charter
from broker.layout import Layout
from tests.hostile.targets import ACTS, HOSTILE

MIB = 1024 * 1024
Spoil = Callable[[bytes], bytes]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "node")
    now = SystemClock().now()
    found(layout, charter=sample_charter(today=now.date()), origin="plant.example/ot-access/1", at=now)
    return layout


def check(layout: Layout) -> tuple[int, str]:
    done = CliRunner().invoke(charter, ["check", "--dir", str(layout.folder)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "Traceback" not in done.output
    assert not [act for act in ACTS if act in done.output], done.output[:2000]
    assert all(line.isprintable() for line in done.output.split("\n"))
    return done.exit_code, done.output


SPOILT: dict[str, Spoil] = {
    "binary": lambda _: bytes(range(256)) * 100,
    "empty": lambda _: b"",
    "huge": lambda data: data + b"# padding\n" * MIB,
    "nested": lambda data: data + b"\nx = " + b"[" * 100_000,
    "nested tables": lambda data: data + b"\n[" + b".".join([b"a"] * 2_000) + b"]\n",
    "a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "not UTF-8": lambda data: data.replace(b"name = ", b'x = "\xff" # ', 1),
    "old line ends": lambda data: data.replace(b"\n", b"\r"),
    "a key twice": lambda data: data.replace(b"name = ", b'name = "twice"\nname = ', 1),
    "a lone surrogate": lambda data: data.replace(b"name = ", b'name = "\\ud800" # ', 1),
    "an escape in a name": lambda data: data.replace(b'name = "', b'name = "\\u001b]52;c;x\\u0007', 1),
    "an override in a name": lambda data: data.replace(b'name = "', b'name = "\\u202e', 1),
    "a raw override": lambda data: data.replace(b'name = "', 'name = "\u202e'.encode(), 1),
    "a homoglyph in an id": lambda data: data.replace(b'id = "', 'id = "\u0430'.encode(), 1),
    "full-width letters": lambda data: data.replace(b'id = "', 'id = "\uff41'.encode(), 1),
    "an id with a path": lambda data: data.replace(b'id = "', b'id = "../../', 1),
    "an id of a megabyte": lambda data: data.replace(b'id = "', b'id = "' + b"x" * 500_000, 1),
    "a hostile key": lambda data: data + b'\n"\\u001b[2J\\u202e" = 1\n',
    "a template": lambda data: data.replace(b'id = "', b'id = "{{7*7}}', 1),
    "a number too long": lambda data: data + b"\nx = " + b"9" * 20_000 + b"\n",
    "NULs": lambda data: data + b"\x00" * 1000,
}


@pytest.mark.parametrize("file", ["assets.toml", "people.toml", "sites.toml"])
@pytest.mark.parametrize("how", SPOILT)
def test_a_charter_that_nobody_would_write_is_refused_by_its_file(
    layout: Layout, file: str, how: str
) -> None:
    path = layout.charter / file
    spoilt = SPOILT[how](path.read_bytes())
    path.write_bytes(spoilt)
    status, text = check(layout)
    assert status in (1, 2), text[:2000]
    assert file in text
    assert "What to do" in text
    assert max(map(len, text.splitlines())) < 2000
    assert path.read_bytes() == spoilt, "nothing is lost"


def test_windows_line_ends_are_read_as_any_other(layout: Layout) -> None:
    for path in layout.charter.iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert check(layout)[0] == 0


def test_ten_thousand_assets_are_read_or_refused_in_a_sentence(layout: Layout) -> None:
    path = layout.charter / "assets.toml"
    one = (
        '\n[[asset]]\nid = "a{0}"\nname = "Asset {0}"\nzone = "operations"\n'
        'criticality = "low"\nconsequence = "None."\n'
    )
    path.write_text(path.read_text() + "".join(one.format(number) for number in range(10_000)))
    status, text = check(layout)
    assert status in (0, 1, 2)
    assert status == 0 or "assets.toml" in text
    assert len(text) < MIB


@pytest.mark.parametrize("name", ["evil\x1b[2J.toml", "\u202etoml.toml", "a b.toml", "\udcff.toml"])
def test_a_file_of_a_hostile_name_is_named_harmless(layout: Layout, name: str) -> None:
    (layout.charter / name).write_bytes(HOSTILE.encode())
    status, text = check(layout)
    assert status in (1, 2)
    assert "is not a file of the charter" in text


@pytest.mark.parametrize("what", ["folder", "loop", "unreadable"])
def test_a_charter_file_that_is_no_file_is_a_sentence(layout: Layout, what: str) -> None:
    path = layout.charter / "zones.toml"
    path.unlink()
    if what == "folder":
        path.mkdir()
    elif what == "loop":
        path.symlink_to(path)
    else:
        path.symlink_to("/proc/1/mem")
    status, text = check(layout)
    assert status in (1, 2)
    assert "zones.toml" in text
