"""Who runs what in a parallel run: files that share a node go to one worker, and what takes long begins first.

Else three workers bring up three nodes for what one could serve, and two of them wait in the end for
the journey that the third has only begun.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import pytest
from xdist.scheduler import LoadScopeScheduling

AT_THE_BROKER = (
    "tests/broker/checking/test_check.py",
    "tests/broker/cli/",
    "tests/broker/processes/",
    "tests/broker/reading/test_at_work.py",
    "tests/broker/reading/test_indexing.py",
    "tests/broker/test_playback.py",
)
"""Where the session's one node is (``tests/broker/conftest.py``)."""

BROKEN = ("tests/peers/node/test_faults.py",)
"""Breaks a node of its own, beside the next group."""

AT_LENGTH = (
    "tests/peers/node/test_large_files.py",
    "tests/peers/node/test_bombs.py",
    "tests/peers/node/test_endings.py",
    "tests/peers/node/test_lockout.py",
)
"""Where another one is (``tests/peers/node/conftest.py``): these wait for windows to end and for files to cross."""

BY_STOCK_CLIENTS = ("tests/peers/node/",)
"""Where a third one is: whatever else is in there. With the others it would be what a run waits for in the end."""

AT_THE_STORE = ("tests/recorder/stores/test_s3.py", "tests/broker/uploader/")
"""Where the session's one S3 server is asked (``tests/conftest.py``)."""

SHARING = (BROKEN, AT_LENGTH, AT_THE_BROKER, BY_STOCK_CLIENTS, AT_THE_STORE)
"""Groups of files, the first that fits: each goes to one worker, or several workers would bring up a node each."""

SHARED = ("plant", "ceph")
"""What a group shares: the session's fixtures of these names."""

LONGEST_FIRST = (
    "tests/journeys/test_real_plant.py",
    "tests/peers/node/",
    *AT_THE_BROKER,
    *AT_THE_STORE,
    "tests/journeys/test_pages.py",
    "tests/broker/test_signer.py",
    "tests/broker/console/test_hostile_requests.py",
    "tests/journeys/",
    "tests/hostile/",
    "tests/peers/",
    "tests/broker/console/",
    "tests/approvals/",
    "tests/broker/",
)
"""By the start of a file's path. What is not named comes last, the files with the most tests first."""


class Scheduling(LoadScopeScheduling):
    """Hands out whole files, and those that share a node together."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


def scope_of(nodeid: str) -> str:
    """What goes to one worker with this test."""
    file = nodeid.partition("::")[0]
    return next((group[0] for group in SHARING if file.startswith(group)), file)


def sort(items: list[pytest.Item]) -> None:
    """Bring the tests into the order in which their files are handed out; who would bring up a second node is told."""
    if found := strangers(asked(items)):
        raise pytest.UsageError(f"These share a node with others: name them in tests/scheduling.py. {found}")
    sizes = Counter(scope_of(item.nodeid) for item in items)

    def place(item: pytest.Item) -> tuple[int, int]:
        return rank(item.nodeid), -sizes[scope_of(item.nodeid)]

    items.sort(key=place)


def asked(items: Iterable[pytest.Item]) -> Iterator[tuple[str, str]]:
    """Which test asks for which of the fixtures that are shared."""
    for item in items:
        known = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]  # pytest has no other way
        for name in set(SHARED) & known.keys():
            nearest = known[name][-1]
            if nearest.scope == "session":
                yield f"{nearest.baseid}::{name}", item.nodeid


def strangers(asking: Iterable[tuple[str, str]]) -> list[str]:
    """Which files ask for what a group shares and stand in another: each pair is a fixture and a test."""
    scopes: dict[str, set[str]] = {}
    for fixture, nodeid in asking:
        scopes.setdefault(fixture, set()).add(scope_of(nodeid))
    heads = {group[0] for group in SHARING}
    return sorted(chain.from_iterable(found - heads for found in scopes.values() if len(found) > 1))


def rank(nodeid: str, order: Sequence[str] = LONGEST_FIRST) -> int:
    """How early it begins: the place of the first path that it starts with."""
    return next((place for place, start in enumerate(order) if nodeid.startswith(start)), len(order))
