"""The ledger traced as it grows."""

from pathlib import Path

import pytest
import structlog

from broker.settings import LedgerSettings, Settings, TelemetrySettings
from broker.tracing.at_work import Tracing, telemetry_at_work
from broker.tracing.lifecycle import Span
from broker.tracing.telemetry import with_trace_id
from tests.broker.notices.happenings import Leaflog, asked, ended, opened
from tests.broker.tracing.test_lifecycle import DECIDED
from tests.clock import FrozenClock
from tests.policies.plant import NOW


class Collected:
    """Stands where the exporter's half is, which has tests of its own."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def emit(self, span: Span) -> None:
        self.spans.append(span)


def test_what_ended_before_is_not_traced_and_what_ends_now_is_once() -> None:
    log, collected = Leaflog(), Collected()
    log.add(asked(), DECIDED)
    tracing = Tracing(collected, log, FrozenClock(NOW))  # type: ignore[arg-type]
    tracing.step()
    log.add(opened(), ended("finished"))
    tracing.step()
    tracing.step()
    assert [one.name for one in collected.spans] == ["session"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(ledger=LedgerSettings(origin="plant.example/ot-access/1"))


def test_off_or_wrong_there_is_none_and_the_console_serves_on(settings: Settings) -> None:
    assert telemetry_at_work(settings, "penstock 0.1.0") is None
    wrong = settings.model_copy(update={"telemetry": TelemetrySettings(endpoint="ftp://x")})
    assert telemetry_at_work(wrong, "penstock 0.1.0") is None


def test_on_log_lines_name_their_trace(settings: Settings) -> None:
    on = settings.model_copy(update={"telemetry": TelemetrySettings(endpoint="http://127.0.0.1:9/v1/traces")})
    before = structlog.get_config()["processors"]
    try:
        telemetry = telemetry_at_work(on, "penstock 0.1.0")
        assert telemetry is not None
        assert structlog.get_config()["processors"][0] is with_trace_id
        telemetry.close()
    finally:
        structlog.configure(processors=before)
