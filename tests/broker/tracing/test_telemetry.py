"""OpenTelemetry to a real receiver: what arrives, and what never does."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
import structlog

from broker.console.app import create_app, routed
from broker.settings import TelemetrySettings
from broker.tracing.lifecycle import Lifecycles
from broker.tracing.telemetry import Telemetry, telemetry_of, with_trace_id
from domain.errors import ConfigError
from domain.events import document
from tests.authority import authority
from tests.broker.console.house import House, house_at
from tests.broker.notices.channels.places import HERE, Place, http_server
from tests.broker.notices.happenings import asked, ended, opened
from tests.broker.tracing.receiving import said, spans
from tests.broker.tracing.test_lifecycle import DECIDED, OVER
from tests.clock import FrozenClock

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
ORIGIN = "riverside.example/ot-access/1"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[tuple[Place, Telemetry]]:
    known = authority(tmp_path / "tls")
    async with http_server(known.server(), OK) as place:
        settings = TelemetrySettings(endpoint=f"https://{HERE}:{place.port}/v1/traces", ca_file=known.ca_file)
        telemetry = telemetry_of(settings, ORIGIN, "penstock 0.1.0")
        assert telemetry is not None
        yield place, telemetry
        await asyncio.to_thread(telemetry.close)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    (tmp_path / "house").mkdir()
    async with house_at(tmp_path / "house", FrozenClock()) as one:
        yield one


async def test_a_permit_s_life_arrives_as_one_trace(place: tuple[Place, Telemetry]) -> None:
    receiver, telemetry = place
    known = Lifecycles()
    for event in (asked(), DECIDED, opened(), ended("finished"), OVER):
        for span in known.tell(document(event)):
            telemetry.emit(span)
    await asyncio.to_thread(telemetry.close)
    found = {one.name: one for one in spans(receiver)}
    assert set(found) == {"decision", "session", "permit"}
    assert len({one.trace_id for one in found.values()}) == 1
    assert found["session"].parent_span_id == found["decision"].parent_span_id == found["permit"].span_id
    assert found["permit"].parent_span_id == b""
    assert said(found["session"])["penstock.cause"] == "finished"
    assert found["session"].end_time_unix_nano == int(ended("x").at.timestamp()) * 10**9


async def test_a_request_to_the_console_says_its_route_and_nothing_that_was_filled_in(
    place: tuple[Place, Telemetry], house: House
) -> None:
    receiver, telemetry = place
    app = create_app(replace(house.desk.parts, tracer=telemetry.requests))
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="https://localhost:8443") as browser:
        await browser.get(
            f"/permits/{'p' * 26}?q=hunter2", headers={"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-00"}
        )
        await browser.get("/nowhere/hunter2")
    await asyncio.to_thread(telemetry.close)
    assert b"hunter2" not in b"".join(one.SerializeToString() for one in spans(receiver))
    assert b"p" * 26 not in b"".join(one.SerializeToString() for one in spans(receiver))
    first, second = spans(receiver)
    assert said(first)["http.response.status_code"] in {303, 401, 403, 404}
    assert said(first)["http.request.method"] == "GET"
    assert "{" in first.name
    assert said(second)["http.response.status_code"] == 404


async def test_a_receiver_that_is_gone_holds_nobody_up(tmp_path: Path) -> None:
    settings = TelemetrySettings(endpoint="http://127.0.0.1:9/v1/traces", timeout_s=1)
    telemetry = telemetry_of(settings, ORIGIN, "penstock 0.1.0")
    assert telemetry is not None
    for span in (span for event in (asked(), DECIDED) for span in Lifecycles().tell(document(event))):
        telemetry.emit(span)
    await asyncio.to_thread(telemetry.close)


def test_off_there_is_none_and_what_can_t_work_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert telemetry_of(TelemetrySettings(), ORIGIN, "penstock 0.1.0") is None
    with pytest.raises(ConfigError, match="not an https"):
        telemetry_of(TelemetrySettings(endpoint="http://otel.example/v1/traces"), ORIGIN, "penstock 0")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    with pytest.raises(ConfigError, match="not installed"):
        telemetry_of(TelemetrySettings(endpoint="https://otel.example/v1/traces"), ORIGIN, "penstock 0")


def test_off_nothing_of_it_is_loaded() -> None:
    line = "import sys, broker.processes.console, broker.processes.gate; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True)
    names = done.stdout.split()
    assert not [
        one
        for one in names
        if one.startswith(("opentelemetry.sdk", "opentelemetry.exporter", "google.protobuf"))
    ]
    assert "requests" not in names


def test_the_environment_switches_nothing_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    asked_for = routed()._telemetry
    assert (asked_for["auto_configure"], asked_for["tracing"], asked_for["logs"], asked_for["metrics"]) == (
        False, False, False, False,
    )  # fmt: skip


async def test_a_log_line_names_the_trace_of_its_request(place: tuple[Place, Telemetry]) -> None:
    _, telemetry = place
    assert with_trace_id(None, "info", {"event": "x"}) == {"event": "x"}
    with telemetry.requests.get_tracer("t").start_as_current_span("s") as span:
        line = with_trace_id(None, "info", {"event": "x"})
    assert line["trace_id"] == f"{span.get_span_context().trace_id:032x}"
    assert structlog.is_configured() in {True, False}
