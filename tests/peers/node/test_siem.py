"""A whole node tells real collectors: what a vendor does and what is refused, with the plant around it, and no payload anywhere."""

import gzip
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from broker.siem.check import check
from broker.siem.coverage import SIX
from tests.authority import authority
from tests.broker.notices.channels.places import HERE, Place, http_server
from tests.broker.siem.collectors.contract import SECRET
from tests.broker.tracing.receiving import said, spans
from tests.node import Node, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

TYPED = "marker-7f3a-of-what-was-typed"


@asynccontextmanager
async def collecting(plant: Node) -> AsyncIterator[tuple[Place, Place]]:
    """The node with a collector of its ledger and one of its traces; as it was when this is left."""
    known = authority(plant.scratch / "siem")
    before = plant.layout.config.read_text("utf-8")
    async with http_server(known.server()) as soc, http_server(known.server(), OK) as traces:
        plant.layout.siem_secrets.write_text(f'[soc]\nsecret = "{SECRET}"\n')
        plant.layout.siem_secrets.chmod(0o600)
        plant.layout.config.write_text(
            f'{before}\n[siem]\nheartbeat_s = 5\n[[siem.targets]]\nname = "soc"\nurl = "https://{HERE}:{soc.port}/"\n'
            f'gzip = true\nca_file = "{known.ca_file}"\n[telemetry]\n'
            f'endpoint = "https://{HERE}:{traces.port}/v1/traces"\nca_file = "{known.ca_file}"\n',
            "utf-8",
        )
        try:
            await anew(plant)
            yield soc, traces
        finally:
            plant.layout.config.write_text(before, "utf-8")
            plant.layout.siem_secrets.unlink()
            await anew(plant)


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


async def anew(plant: Node) -> None:
    """The console, started again by the parent; it reads its settings then."""
    old = plant.pid("console")
    os.kill(old, signal.SIGKILL)
    await plant.replaced("console", old)
    await plant.ready()


def lines(soc: Place) -> list[str]:
    return [line for body in soc.taken for line in gzip.decompress(body).decode().splitlines()]


def records(soc: Place, event: str, **around: str) -> list[dict[str, Any]]:
    """What the collector has of this kind, with all this of the plant around it."""
    read = [json.loads(one) for one in lines(soc)]
    return [
        one
        for one in read
        if one["unmapped"]["penstock"]["event"] == event
        and around.items() <= one["unmapped"].get("plant", {}).items()
    ]


def at(document: Any, path: str) -> Any:
    for name in path.strip("`").split("."):
        document = document[name]
    return document


async def test_a_collector_sees_sessions_and_refusals_with_the_plant_around_them(plant: Node) -> None:
    """H01, H03, S-41: attempts and sessions arrive with zone, state, work order and session id, joined IT and OT."""
    person, stranger = plant.fresh(), plant.fresh()
    async with collecting(plant) as (soc, traces):
        permit = await plant.permitted(person, work_order="WO-4711")
        done = await plant.client(person).ssh(f"{person}+eng-ws-1", f"echo {TYPED}")
        assert done.out.strip() == TYPED.encode()
        refused = await plant.client(stranger).ssh(f"{stranger}+eng-ws-1", f"echo {TYPED}")
        assert refused.status == 77
        around = {"zone": "operations", "state": "maintenance", "asset": "eng-ws-1"}
        await until(
            lambda: bool(records(soc, "SessionEnded", permit=permit)), "the session's end at the collector"
        )
        await until(
            lambda: bool(records(soc, "PassageRefused", person=stranger)), "the refusal at the collector"
        )
        (opened,) = records(soc, "SessionOpened", permit=permit)
        (refusal, *_) = records(soc, "PassageRefused", person=stranger)
        for one in (opened, refusal):
            assert around.items() <= one["unmapped"]["plant"].items()
            assert all(at(one, place) for _, place, _ in SIX)
        assert opened["unmapped"]["plant"]["work_order"] == "WO-4711"
        assert opened["metadata"]["correlation_uid"] == opened["unmapped"]["plant"]["session"]
        assert (refusal["status"], refusal["src_endpoint"]) == ("Failure", {"ip": "127.0.0.1"})
        report = check(lines(soc))
        assert report.whole, report.faults
        await until(lambda: check(lines(soc)).heartbeats > 0, "a heartbeat")
        await until(lambda: any(one.name == "session" for one in spans(traces)), "the session's span")
        (session,) = (
            one for one in spans(traces) if one.name == "session" and said(one)["penstock.permit"] == permit
        )
        assert said(session)["penstock.asset"] == "eng-ws-1"
        await until(
            lambda: any(one.name.startswith("POST /api/v1/permits") for one in spans(traces)),
            "a request's span",
        )
        everything = "\n".join([*lines(soc), *map(str, spans(traces)), plant.told()])
        assert TYPED not in everything
