"""Records over syslog, against a real collector with TLS."""

import re
from contextlib import AbstractAsyncContextManager

from broker.siem.collectors.syslog import SyslogCollector, syslog_line
from tests.authority import Authority
from tests.broker.notices.channels.places import HERE, Place, line_server
from tests.broker.siem.collectors.contract import CollectorContract, line


def unframed(data: bytes) -> list[bytes]:
    """What a stream of RFC 5425 holds, frame by frame."""
    found = []
    while data:
        length, _, rest = data.partition(b" ")
        found.append(rest[: int(length)])
        data = rest[int(length) :]
    return found


class TestSyslog(CollectorContract):
    def place(self, known: Authority) -> AbstractAsyncContextManager[Place]:
        return line_server(known.server())

    def collector(self, port: int, ca_file: str, timeout_s: float = 20) -> SyslogCollector:
        return SyslogCollector(HERE, port, ca_file, "node-1", timeout_s)

    def texts(self, taken: bytes) -> list[bytes]:
        return [one.partition(b"] ")[2] for one in unframed(taken)]

    def test_it_confirms_nothing(self) -> None:
        assert not self.collector(1, "").confirms


def test_a_line_is_one_of_rfc_5424_with_its_place_as_structured_data() -> None:
    written = syslog_line(line(7, b"the record", urgent=True), "node 1")
    found = re.fullmatch(
        rb"<108>1 2026-03-02T08:00:00Z node1 penstock - StateChanged"
        rb' \[penstock@32473 leaf="7" previous="6"\] the record',
        written,
    )
    assert found, written
    assert syslog_line(line(7), "n").startswith(b"<110>1 ")
