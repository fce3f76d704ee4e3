"""The forwarders as a node builds them from its settings, and a real one that is killed."""

import asyncio
import json
import os
import signal
import sys
import textwrap
from pathlib import Path

import pytest

from broker.clock import SystemClock
from broker.layout import Layout
from broker.settings import Settings
from broker.siem.at_work import collectors_of, forwarders_of, read_secrets
from broker.siem.check import check
from broker.siem.collectors.http import HttpCollector
from broker.siem.collectors.syslog import SyslogCollector
from broker.siem.coverage import SIX, by_category
from broker.siem.rows.row import Category
from domain.errors import ConfigError
from recorder.ledger.reader import LogReader
from tests.authority import authority
from tests.broker.notices.channels.places import HERE, http_server
from tests.broker.notices.happenings import Leaflog
from tests.broker.siem.collectors.contract import SECRET
from tests.broker.siem.leaves import KINDS, Leaves, leaf
from tests.broker.siem.test_ocsf import at
from tests.house.repository import HERE as ROOT
from tests.policies.plant import charter
from tests.recorder.ledger.logs import ORIGIN, new_log


def settings(*targets: dict[str, object]) -> Settings:
    return Settings.model_validate({"ledger": {"origin": ORIGIN}, "siem": {"targets": list(targets)}})


def secrets(layout: Layout, text: str, mode: int = 0o600) -> None:
    layout.siem_secrets.parent.mkdir(exist_ok=True)
    layout.siem_secrets.write_text(text)
    layout.siem_secrets.chmod(mode)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def test_each_target_becomes_its_collector(layout: Layout) -> None:
    secrets(layout, f'[soc]\nsecret = "{SECRET}"\nauthorization = "Bearer t"\n')
    found = collectors_of(
        layout,
        settings(
            {"name": "soc", "url": "https://soc.example/in", "gzip": True},
            {"name": "logs", "host": "logs.example", "format": "cef"},
        ),
    )
    assert isinstance(found["soc"], HttpCollector)
    assert isinstance(found["logs"], SyslogCollector)
    assert SECRET not in repr(found)


def test_without_a_target_there_is_nothing(layout: Layout) -> None:
    ledger = LogReader(new_log(layout.ledger, 1))
    assert forwarders_of(layout, settings(), ledger, charter, SystemClock(), Leaves()) == ()


@pytest.mark.parametrize(
    ("targets", "secret", "says"),
    [
        ([{"name": "a"}], "", "either `host` or `url`"),
        ([{"name": "a", "host": "h", "url": "https://h"}], "", "either `host` or `url`"),
        ([{"name": "a", "host": "h"}, {"name": "a", "host": "i"}], "", "Two collectors"),
        ([{"name": "a", "url": "https://h"}], "", "neither `secret` nor"),
        ([{"name": "a", "url": "https://h"}], '[a]\nsecret = "short"', "fewer than 32"),
        ([{"name": "a", "url": "http://h"}], '[a]\nauthorization = "Bearer x"', "not an https"),
        ([{"name": "a", "host": "h", "ca_file": "/nowhere"}], "", "can't be read"),
        ([{"name": "a", "host": "h"}], '[b]\nsecret = "x"', "no such collector"),
        ([{"name": "a", "host": "h"}], '[a]\nauthorization = "two\\nlines"', "can't be here"),
        ([{"name": "a", "host": "h"}], "=", "can't be read as TOML"),
    ],
)
def test_what_can_t_work_is_named(
    layout: Layout, targets: list[dict[str, object]], secret: str, says: str
) -> None:
    secrets(layout, secret)
    with pytest.raises(ConfigError, match=says):
        collectors_of(layout, settings(*targets))
    ledger = LogReader(new_log(layout.ledger, 1))
    assert forwarders_of(layout, settings(*targets), ledger, charter, SystemClock(), Leaves()) == ()


def test_secrets_that_others_can_read_are_not_used(layout: Layout) -> None:
    secrets(layout, "", mode=0o644)
    with pytest.raises(ConfigError, match="Others than its owner"):
        read_secrets(layout.siem_secrets)


async def test_both_formats_go_to_their_collectors_over_tls(layout: Layout, tmp_path: Path) -> None:
    """H03: a real collector over TLS gets every leaf of the ledger, and its own check finds nothing missing."""
    secrets(layout, f'[soc]\nsecret = "{SECRET}"\n')
    ledger, known = LogReader(new_log(layout.ledger, 5)), authority(tmp_path / "tls")
    for form in ("ocsf", "cef"):
        async with http_server(known.server()) as place:
            target = {
                "name": "soc",
                "url": f"https://{HERE}:{place.port}/",
                "ca_file": known.ca_file,
                "format": form,
            }
            (one,) = forwarders_of(layout, settings(target), ledger, charter, SystemClock(), Leaves())
            await one.step()
            await one.step()
        report = check(b"".join(place.taken).decode().splitlines())
        assert (report.whole, report.records, report.heartbeats) == (True, 5, 1)
        (layout.siem / "soc.json").unlink()


async def test_an_event_of_each_category_arrives_with_its_six_things(layout: Layout, tmp_path: Path) -> None:
    """E08: one event of every category is sent to a real collector, and each arrives with all six fields."""
    secrets(layout, f'[soc]\nsecret = "{SECRET}"\n')
    kinds = {kind.__name__: kind for kind in KINDS}
    ledger, known = Leaflog(), authority(tmp_path / "tls")
    ledger.events_ += [leaf(kinds[names[0]]) for names in by_category().values()]
    async with http_server(known.server()) as place:
        target = {"name": "soc", "url": f"https://{HERE}:{place.port}/", "ca_file": known.ca_file}
        (one,) = forwarders_of(layout, settings(target), ledger, charter, SystemClock(), Leaves())
        await one.step()
    arrived = [json.loads(text) for text in place.taken[0].splitlines()]
    assert {at(found, "unmapped.penstock.category") for found in arrived} == {one.value for one in Category}
    assert all(at(found, where) for found in arrived for _, where, _ in SIX)


KILLED = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    from broker.clock import SystemClock
    from broker.layout import Layout
    from broker.siem.at_work import forwarders_of
    from recorder.ledger.reader import LogReader
    from tests.broker.siem.test_at_work import settings
    from tests.policies.plant import charter
    from tests.broker.siem.leaves import Leaves

    layout, url, ca_file = Layout(Path(sys.argv[1])), sys.argv[2], sys.argv[3]
    target = {"name": "soc", "url": url, "ca_file": ca_file}
    (one,) = forwarders_of(layout, settings(target), LogReader(layout.ledger), charter, SystemClock(), Leaves())
    asyncio.run(one.run())
    """
)


async def test_killed_between_sending_and_writing_down_it_loses_nothing_and_repeats_itself(
    layout: Layout, tmp_path: Path
) -> None:
    secrets(layout, f'[soc]\nsecret = "{SECRET}"\n')
    ledger, known = LogReader(new_log(layout.ledger, 40)), authority(tmp_path / "tls")
    # It has the whole batch and never says so: what the sender knows is not what is true.
    async with http_server(known.server(), answer=b"HTTP/1.1 100 Continue\r\n\r\n" * 3) as silent:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", KILLED, str(layout.folder), f"https://{HERE}:{silent.port}/", known.ca_file,
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        try:
            await silent.arrived.wait()
        finally:
            process.send_signal(signal.SIGKILL)
            await process.wait()
    async with http_server(known.server()) as place:
        target = {"name": "soc", "url": f"https://{HERE}:{place.port}/", "ca_file": known.ca_file}
        (again,) = forwarders_of(layout, settings(target), ledger, charter, SystemClock(), Leaves())
        await again.step()
    first, second = silent.taken[0].decode().splitlines(), b"".join(place.taken).decode().splitlines()
    assert first == second
    report = check([*first, *second])
    assert (report.whole, report.records, len(report.duplicates)) == (True, 80, 40)
