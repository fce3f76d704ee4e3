"""The test suite's own rules: it stays on this machine, its clock obeys, and its skips are loud."""

import shutil
import socket
import subprocess
from datetime import timedelta
from itertools import chain
from pathlib import Path

import pytest

from tests.clock import STARTS, FrozenClock
from tests.conftest import is_local
from tests.memory import NEEDED_BYTES, in_memory
from tests.programs import needs, program
from tests.scheduling import LONGEST_FIRST, SHARING, rank, scope_of, strangers

pytest_plugins = ["pytester"]


@pytest.mark.parametrize(
    ("address", "local"),
    [
        pytest.param(("127.0.0.1", 80), True, id="loopback"),
        pytest.param(("127.8.9.10", 80), True, id="any of 127.0.0.0/8"),
        pytest.param(("::1", 80, 0, 0), True, id="IPv6 loopback"),
        pytest.param(("::ffff:127.0.0.1", 80, 0, 0), True, id="mapped loopback"),
        pytest.param("/run/penstock/signer.sock", True, id="a unix socket"),
        pytest.param(("192.0.2.1", 80), False, id="another machine"),
        pytest.param(("::ffff:192.0.2.1", 80, 0, 0), False, id="another machine, mapped"),
        pytest.param(("example.com", 80), False, id="a name"),
    ],
)
def test_only_this_machine_counts_as_local(address: object, local: bool) -> None:
    assert is_local(address) is local


def test_a_connection_that_would_leave_the_machine_is_refused_before_it_is_tried() -> None:
    with socket.socket() as outgoing, pytest.raises(RuntimeError, match=r"192\.0\.2\.1"):
        outgoing.connect(("192.0.2.1", 9))


def test_a_program_that_may_not_be_installed_is_asked_for_and_not_started_by_its_name() -> None:
    with pytest.raises(RuntimeError, match=r"tests\.programs"):
        subprocess.run(["ssh-keygen", "-h"], check=False)
    with pytest.raises(pytest.skip.Exception, match="needs no-such-tool: apt-get install no-such-tool"):
        program("no-such-tool")
    assert needs("sh").args == (False,)
    assert needs("sh", "no-such-tool").args == (True,)


def test_a_file_that_its_owner_may_not_write_is_not_written_by_root_either(tmp_path: Path) -> None:
    path = tmp_path / "sealed"
    path.touch(0o400)
    with pytest.raises(PermissionError):
        path.write_text("more")


def test_time_passes_on_both_clocks_and_a_step_moves_only_the_wall(clock: FrozenClock) -> None:
    clock.advance(timedelta(seconds=90))
    assert (clock.now(), clock.boottime_s()) == (STARTS + timedelta(seconds=90), 3690.0)
    clock.step(timedelta(hours=-1))
    assert (clock.now(), clock.boottime_s()) == (STARTS + timedelta(seconds=90, hours=-1), 3690.0)
    with pytest.raises(ValueError, match="forwards"):
        clock.advance(timedelta(seconds=-1))


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("import pytest\ndef test_it(): pytest.skip('no sshd here')\n", id="in a test"),
        pytest.param(
            "import pytest\npytest.skip('no sshd here', allow_module_level=True)\n", id="in a module"
        ),
    ],
)
def test_a_skip_fails_the_run_where_no_skip_is_allowed(
    source: str, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Path(__file__).resolve().parents[2]
    pytester.makeconftest((here / "tests/conftest.py").read_text())
    pytester.makepyfile(source)
    monkeypatch.setenv("PYTHONPATH", str(here))
    monkeypatch.setenv("PENSTOCK_NO_SKIPS", "1")
    strict = pytester.runpytest_subprocess()
    assert strict.ret != 0
    strict.stdout.fnmatch_lines(["*PENSTOCK_NO_SKIPS*no sshd here*"])
    monkeypatch.setenv("PENSTOCK_NO_SKIPS", "0")
    assert pytester.runpytest_subprocess().ret in {0, 5}


def test_files_that_share_a_node_go_to_one_worker_and_every_other_goes_by_itself() -> None:
    groups = [
        {
            scope_of(f"{one}test_one.py::test_it[a::b]" if one.endswith("/") else f"{one}::test_it")
            for one in group
        }
        for group in SHARING
    ]
    assert [len(one) for one in groups] == [1] * len(SHARING)
    assert len(set().union(*groups)) == len(SHARING)
    assert scope_of("tests/domain/test_ids.py::TestIt::test_it") == "tests/domain/test_ids.py"


def test_a_file_that_would_bring_up_a_second_node_is_named() -> None:
    node, mine = "tests/broker::plant", "tests/domain/test_ids.py"
    inside = [
        (node, "tests/broker/cli/test_root.py::test_it"),
        (node, "tests/broker/test_playback.py::test_it"),
    ]
    assert strangers(inside) == []
    assert strangers([*inside, (node, f"{mine}::test_it")]) == [mine]
    assert strangers([("tests/domain::plant", f"{mine}::test_it")]) == [], "its own"


def test_what_takes_long_begins_first_and_is_where_it_is_said_to_be() -> None:
    here = Path(__file__).resolve().parents[2]
    assert [start for start in (*chain(*SHARING), *LONGEST_FIRST) if not (here / start).exists()] == []
    assert rank("tests/peers/node/test_faults.py::test_it") < rank("tests/peers/test_ssh_copies.py::test_it")
    assert rank("tests/peers/test_ssh_copies.py::test_it") < rank("tests/domain/test_ids.py::test_it")


def test_scratch_files_lie_in_memory_where_there_is_enough_and_nobody_said_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", None)
    enough = shutil.disk_usage(tmp_path).free >= NEEDED_BYTES
    for told, deep, memory, expected in (
        ({}, False, tmp_path, {"TMPDIR": str(tmp_path)} if enough else {}),
        ({"TMPDIR": "/var/tmp"}, False, tmp_path, {"TMPDIR": "/var/tmp"}),
        ({}, True, tmp_path, {}),
        ({}, False, tmp_path / "none", {}),
        ({}, False, Path("/proc"), {}),
    ):
        surroundings = dict(told)
        in_memory(surroundings, memory, deep)
        assert surroundings == expected
