"""OpenTelemetry as this node uses it: one exporter over OTLP/HTTP, behind the list of what may leave.

Off unless the settings name an endpoint, and then nothing of it is loaded. Nothing reads the environment. What can't be
sent is dropped: a trace is no evidence, and nothing waits for it.
"""

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from broker.notices.channels.webhook import checked_url
from broker.settings import TelemetrySettings
from broker.tracing.allowed import allowed
from broker.tracing.lifecycle import Span
from domain.errors import ConfigError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

MOST_WAITING = 2048
MOST_AT_ONCE = 256
SEND_EVERY_MS = 2000


@dataclass(frozen=True, slots=True)
class Telemetry:
    """One for a process. ``requests`` is what the console's requests are traced with."""

    requests: "TracerProvider"
    _lifecycles: "TracerProvider"
    _ids: "_Given"

    def emit(self, span: Span) -> None:
        """Send ``span`` some time; from one thread at a time."""
        from opentelemetry import trace  # noqa: PLC0415 (as below)
        from opentelemetry.context import Context  # noqa: PLC0415 (as below)
        from opentelemetry.trace import (  # noqa: PLC0415 (as below)
            NonRecordingSpan,
            SpanContext,
            Status,
            StatusCode,
            TraceFlags,
        )

        number = int.from_bytes(span.trace)
        self._ids.trace, self._ids.span = number, int.from_bytes(span.id)
        context = Context()
        if span.parent:
            parent = SpanContext(
                number,
                int.from_bytes(span.parent),
                is_remote=False,
                trace_flags=TraceFlags(TraceFlags.SAMPLED),
            )
            context = trace.set_span_in_context(NonRecordingSpan(parent), context)
        begun = self._lifecycles.get_tracer("penstock").start_span(
            span.name, context, attributes=dict(span.attributes), start_time=_nanoseconds(span.begin)
        )
        if span.failed:
            begun.set_status(Status(StatusCode.ERROR))
        begun.end(_nanoseconds(span.end))

    def close(self) -> None:
        """Send what waits, for as long as one attempt may take, and let go."""
        self.requests.shutdown()
        self._lifecycles.shutdown()


def telemetry_of(settings: TelemetrySettings, origin: str, software: str) -> Telemetry | None:
    """The node's; None where it is off. ConfigError when it could never work."""
    if not settings.endpoint:
        return None
    endpoint = checked_url(settings.endpoint, "`telemetry.endpoint`")
    try:
        import requests  # noqa: PLC0415 (a node without it starts without it, and need not have it)
        from opentelemetry.exporter.otlp.proto.http import Compression  # noqa: PLC0415 (as above)
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 (as above)
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 (as above)
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 (as above)
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 (as above)
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON  # noqa: PLC0415 (as above)
    except ImportError as error:
        raise ConfigError(
            "OpenTelemetry is not installed on this node.",
            remedy="Install it with its extra: pip install 'penstock[otel]'.",
        ) from error
    session = requests.Session()
    session.trust_env = False
    exporter = _behind_the_list(
        OTLPSpanExporter(
            endpoint,
            certificate_file=settings.ca_file or None,
            headers={},
            timeout=settings.timeout_s,
            compression=Compression.Gzip,
            session=session,
        )
    )
    name, _, version = software.partition(" ")
    resource = Resource({"service.name": name, "service.version": version, "service.instance.id": origin})
    processor = BatchSpanProcessor(
        exporter,
        max_queue_size=MOST_WAITING,
        schedule_delay_millis=SEND_EVERY_MS,
        max_export_batch_size=MOST_AT_ONCE,
        export_timeout_millis=settings.timeout_s * 1000,
    )
    ids = _ids()
    # A caller's own sampling is not asked: whoever sends a request must not choose whether it is seen.
    of_requests = TracerProvider(ALWAYS_ON, resource, shutdown_on_exit=False)
    of_lifecycles = TracerProvider(ALWAYS_ON, resource, shutdown_on_exit=False, id_generator=ids)
    for provider in (of_requests, of_lifecycles):
        provider.add_span_processor(processor)
    return Telemetry(of_requests, of_lifecycles, ids)


def with_trace_id(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of log lines: what is logged during a traced request names its trace."""
    from opentelemetry import trace  # noqa: PLC0415 (as above)

    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        line["trace_id"] = f"{context.trace_id:032x}"
    return line


class _Given:
    """Ids as the lifecycles have them."""

    trace: int
    span: int

    def generate_trace_id(self) -> int:
        return self.trace

    def generate_span_id(self) -> int:
        return self.span


def _ids() -> Any:
    from opentelemetry.sdk.trace.id_generator import IdGenerator  # noqa: PLC0415 (as above)

    class Given(_Given, IdGenerator):
        pass

    return Given()


def _behind_the_list(exporter: "SpanExporter") -> "SpanExporter":
    """``exporter``, given nothing of a span but what may leave."""
    from opentelemetry.sdk.trace import ReadableSpan  # noqa: PLC0415 (as above)
    from opentelemetry.sdk.trace.export import SpanExporter  # noqa: PLC0415 (as above)
    from opentelemetry.trace import Status  # noqa: PLC0415 (as above)

    class Behind(SpanExporter):
        def export(self, spans: "Sequence[ReadableSpan]") -> "SpanExportResult":
            return exporter.export(
                [
                    ReadableSpan(
                        one.name,
                        one.context,
                        one.parent,
                        one.resource,
                        allowed(one.attributes),
                        kind=one.kind,
                        status=Status(one.status.status_code),  # its description may hold an error's words
                        start_time=one.start_time,
                        end_time=one.end_time,
                        instrumentation_scope=one.instrumentation_scope,
                    )
                    for one in spans
                ]
            )

        def shutdown(self) -> None:
            exporter.shutdown()

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            return exporter.force_flush(timeout_millis)

    return Behind()


def _nanoseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1_000_000) * 1000
