from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from asyncua import ua
from asyncua.ua.ua_binary import nodeid_to_binary, struct_to_binary, variant_to_binary
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.opcua.encoding import EncodingError, NodeId, Reader, numbers

KIND = ua.VariantType


def test_every_form_of_a_node_s_id_is_read() -> None:
    for node, said in (
        (ua.NodeId(5, 0), "i=5"),
        (ua.NodeId(500, 2), "ns=2;i=500"),
        (ua.NodeId(70000, 300), "ns=300;i=70000"),
        (ua.NodeId("Line.Speed", 3), "ns=3;s=Line.Speed"),
        (ua.NodeId(UUID(int=1), 1), "ns=1;g=00000000-0000-0000-0000-000000000001"),
        (ua.NodeId(b"\x01\x02", 1, ua.NodeIdType.ByteString), "ns=1;b=AQI="),
    ):
        reader = Reader(nodeid_to_binary(node))
        assert reader.over is False
        found = reader.node()
        assert reader.over
        assert (str(found), found.exact) == (said, said)


def test_a_limit_can_name_no_node_that_reads_like_another() -> None:
    for name, said in (("a\nb", "a?b"), ("a\ufffdb", "a?b"), ("a of ns=2;i=1", "a of ns=2;i=1")):
        assert (str(NodeId(1, name, "s")), NodeId(1, name, "s").exact) == (f"ns=1;s={said}", "")
    assert NodeId(1, "x" * 130, "s").exact == f"ns=1;s={'x' * 130}"
    assert str(NodeId(1, "x" * 130, "s")) == f"ns=1;s={'x' * 120}"


def test_the_numbers_that_a_value_writes_are_told_and_nothing_else_is_one() -> None:
    for value, kind, said in (
        (True, KIND.Boolean, (1,)), (-3, KIND.SByte, (-3,)), (2**64 - 1, KIND.UInt64, (2**64 - 1,)), (1.5, KIND.Float, (1.5,)),
        ([1.0, 2.5], KIND.Double, (1.0, 2.5)), ([], KIND.Int32, (None,)), (None, KIND.Null, (None,)), ("5", KIND.String, (None,)),
        (b"\5", KIND.ByteString, (None,)),
    ):  # fmt: skip
        data = struct_to_binary(ua.DataValue(ua.Variant(value, kind)))
        assert numbers(data) == said, kind
    assert numbers(b"\x02\0\0\0\0") == (None,), "a status alone"
    assert numbers(b"\x01\x18\x03\x05") == (None,), "a value in a value"
    assert numbers(b"\x01\x0b\0\0") == (None,)


def test_every_type_of_value_is_read_to_its_end() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    for value, kind, said in (
        (True, KIND.Boolean, "true"), (-3, KIND.SByte, "-3"), (3, KIND.Byte, "3"), (-3, KIND.Int16, "-3"), (3, KIND.UInt16, "3"),
        (-3, KIND.Int32, "-3"), (3, KIND.UInt32, "3"), (-3, KIND.Int64, "-3"), (3, KIND.UInt64, "3"), (1.5, KIND.Float, "1.5"),
        (1.25, KIND.Double, "1.25"), ("on", KIND.String, "on"), (at, KIND.DateTime, None), (UUID(int=5), KIND.Guid, None),
        (b"\x01", KIND.ByteString, "01"), (ua.NodeId(5, 2), KIND.NodeId, "ns=2;i=5"),
        (ua.ExpandedNodeId(5, 2, NamespaceUri="x", ServerIndex=1), KIND.ExpandedNodeId, None),
        (ua.StatusCode(0x80340000), KIND.StatusCode, "status 0x80340000"), (ua.QualifiedName("a", 2), KIND.QualifiedName, "a"),
        (ua.LocalizedText("a", "en"), KIND.LocalizedText, "a"), (ua.Argument(), KIND.ExtensionObject, "an object"),
        (ua.DataValue(ua.Variant(1, KIND.Int16)), KIND.DataValue, "1"), (ua.Variant(2, KIND.Byte), KIND.Variant, "2"),
        ([1, 2], KIND.Int16, "[1, 2]"), ([[1, 2], [3, 4]], KIND.Int16, "[1, 2, 3, 4]"), (list(range(9)), KIND.Byte, "[0, 1, 2, 3, 4, 5, 6, 7, …]"),
        (None, KIND.Null, "null"), ("a\nb", KIND.String, "a?b"),
    ):  # fmt: skip
        reader = Reader(variant_to_binary(ua.Variant(value, kind)))
        found = reader.variant()
        assert reader.over, kind
        assert said is None or found == said, kind


def test_a_value_with_its_status_and_times_is_read_to_its_end() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    good = ua.DataValue(
        ua.Variant(7, KIND.Int16),
        SourceTimestamp=at,
        ServerTimestamp=at,
        SourcePicoseconds=1,
        ServerPicoseconds=2,
    )
    bad = ua.DataValue(None, ua.StatusCode(0x80340000))
    for value, said in ((good, "7"), (bad, "status 0x80340000")):
        reader = Reader(struct_to_binary(value))
        assert reader.data_value() == said
        assert reader.over


def test_what_says_nothing_is_not_read() -> None:
    reads: tuple[tuple[str, Callable[[Reader], Any]], ...] = (
        ("06", Reader.node), ("01", Reader.node), ("", Reader.node), ("feffffff", Reader.bytes_), ("05000000 61", Reader.bytes_),
        ("1a", Reader.variant), ("46 00000000", Reader.variant), ("40", Reader.variant), ("86 ffffff7f", Reader.variant),
        ("40", Reader.data_value), ("04", Reader.localized), ("80", Reader.diagnostics), ("0000 03", Reader.extension),
        ("18" * 20, Reader.variant), ("40" * 20, Reader.diagnostics),
    )  # fmt: skip
    for data, read in reads:
        with pytest.raises(EncodingError):
            read(Reader(bytes.fromhex(data)))


def test_diagnostics_are_read_to_their_end() -> None:
    reader = Reader(bytes.fromhex("7f 01000000 02000000 03000000 04000000 01000000 61 00000080 00"))
    assert reader.diagnostics() == "diagnostics"
    assert reader.over


@given(st.binary(max_size=80))
def test_no_bytes_bring_anything_but_a_value_or_a_no(data: bytes) -> None:
    for read in (Reader.variant, Reader.data_value, Reader.node, Reader.extension, Reader.diagnostics):
        try:
            read(Reader(data))
        except EncodingError:
            continue
