"""A receiver of OTLP over HTTP, and what it read: protobuf, as the standard has it."""

import gzip
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.broker.notices.channels.places import Place


def spans(place: Place) -> list[Any]:
    """Every span that arrived."""
    found = []
    for body in place.taken:
        request = ExportTraceServiceRequest.FromString(gzip.decompress(body))
        found += [
            span
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
    return found


def said(span: Any) -> dict[str, object]:
    """A span's attributes."""
    return {
        one.key: one.value.int_value if one.value.HasField("int_value") else one.value.string_value
        for one in span.attributes
    }
