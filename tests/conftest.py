"""What every test shares: a clock that stands still, no way out of this machine, no silent skip."""

import gc
import importlib
import ipaddress
import os
import signal
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from tests import scheduling
from tests.clock import FrozenClock
from tests.memory import in_memory
from tests.permissions import give_up_override
from tests.programs import PACKAGES
from tests.scheduling import Scheduling, scope_of, sort

in_memory(os.environ)
give_up_override()

# No deadline: on a busy machine it fails for the machine's reasons, and no test here is about speed.
settings.register_profile(
    "default", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "deep", max_examples=5_000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# Whoever starts this in the background of a script has it ignored, and so would every program that the tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

gc.disable()  # until all is collected: ten thousand tests are no garbage, however often one looks

SHARED: dict[pytest.FixtureDef[Any], Any] = {}
"""What the group of files that is running has brought up for all of them."""

NO_SKIPS = os.environ.get("PENSTOCK_NO_SKIPS") == "1"


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    config.option.loadscopereorder = False  # ``sort`` has done it
    return Scheduling(config, log)  # type: ignore[arg-type]  # what xdist calls a producer is its own business


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Begin with this worker's share of the files, so that of a fresh clone each is compiled once and not by all.

    Every worker collects everything, in one order: without this all would rewrite the same file at the same time.
    """
    given = getattr(session.config, "workerinput", None)
    if given is None:
        return
    which, workers = int(given["workerid"].removeprefix("gw")), given["workercount"]
    root = session.config.rootpath
    for file in sorted(Path(__file__).parent.rglob("test_*.py"))[which::workers]:
        with suppress(Exception):  # the collection meets it again, and says what is wrong with it
            importlib.import_module(".".join(file.relative_to(root).with_suffix("").parts))


def pytest_collection_finish() -> None:
    """Look for garbage from here on, but never again among the tests themselves; and less often than by default."""
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # alone, they stay in the order in which a reader finds them
        sort(items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(
    item: pytest.Function, nextitem: pytest.Item | None
) -> Generator[None, None, None]:
    """End the node or the store that a group shares with its last test: idle, it costs a twentieth of a core."""
    yield
    for name in scheduling.SHARED:
        SHARED.update(
            (each, item._request)
            for each in item._fixtureinfo.name2fixturedefs.get(name, ())
            if each.scope == "session"
        )
    if nextitem is None or not hasattr(item.config, "workerinput"):
        return
    while SHARED and scope_of(item.nodeid) != scope_of(nextitem.nodeid):
        shared, request = SHARED.popitem()
        shared.finish(request)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


def is_local(address: object) -> bool:
    """Whether a socket address stays on this machine: a unix socket, 127.0.0.0/8 or ::1."""
    if not isinstance(address, tuple):
        return True  # unix, netlink and the like have no tuple
    host = str(address[0]).partition("%")[0]
    if host == "localhost":
        return True
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(literal, "ipv4_mapped", None)
    return (mapped or literal).is_loopback


def stay_here(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse traffic that would leave the machine; an audit hook, so that no library gets round it."""
    if event in {"socket.connect", "socket.sendto"} and not is_local(arguments[1]):
        raise RuntimeError(f"A test tried to reach {arguments[1]}. Tests talk to this machine only.")


def ask_first(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse to start by its mere name what may not be installed: whoever asks ``tests.programs`` is skipped instead."""
    if event == "subprocess.Popen" and str(arguments[0]) in PACKAGES:
        raise RuntimeError(f"{arguments[0]} may not be here: start what tests.programs.program() returns.")


sys.addaudithook(stay_here)
sys.addaudithook(ask_first)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped where no skip is allowed (PENSTOCK_NO_SKIPS=1): {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if NO_SKIPS and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"Skipped where no skip is allowed (PENSTOCK_NO_SKIPS=1): {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def ceph() -> Iterator[object]:
    """A real S3 server. Files that use it go to one worker (``scheduling.AT_THE_STORE``)."""
    from tests.ceph import running  # noqa: PLC0415 - a third of a second for who needs no such server

    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server:  # short: it makes sockets
        yield server
