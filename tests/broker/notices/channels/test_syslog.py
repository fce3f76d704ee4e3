"""Syslog against real collectors, over TLS and by datagram; each line parses as RFC 5424 says."""

import json
import re
from contextlib import AbstractAsyncContextManager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.notices.channels.syslog import MOST_BYTES, Syslog, this_host, written
from broker.notices.message import message_of
from broker.settings import SyslogSettings
from tests.authority import Authority
from tests.broker.notices.channels.contract import ChannelContract, message
from tests.broker.notices.channels.places import HERE, Place, datagram_server, line_server
from tests.domain.test_notice import notice

LINE = re.compile(
    rb"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z) ([!-~]{1,255}) penstock - ([a-z-]{1,32}) - (\{.*\})",
)


class TestSyslogOverTls(ChannelContract):
    def place(self, known: Authority) -> AbstractAsyncContextManager[Place]:
        return line_server(known.server())

    def channel(self, port: int, ca_file: str, timeout_s: float = 20) -> Syslog:
        return Syslog(SyslogSettings(host=HERE, port=port, ca_file=ca_file), "node-1", timeout_s)

    def text(self, taken: bytes) -> str:
        length, _, line = taken.partition(b" ")
        assert int(length) == len(line)
        return json.dumps(told(line), ensure_ascii=False)


class TestSyslogByDatagram(ChannelContract):
    in_clear = True

    def place(self, known: Authority) -> AbstractAsyncContextManager[Place]:
        return datagram_server()

    def channel(self, port: int, ca_file: str, timeout_s: float = 20) -> Syslog:
        return Syslog(SyslogSettings(host=HERE, port=port, transport="udp"), "node-1", timeout_s)

    def text(self, taken: bytes) -> str:
        return json.dumps(told(taken), ensure_ascii=False)


def told(line: bytes) -> dict[str, object]:
    found = LINE.fullmatch(line)
    assert found, line
    document = json.loads(found[5])
    assert isinstance(document, dict)
    return document


@given(st.text(), st.lists(st.text(), max_size=20).map(tuple), st.text(), st.booleans())
def test_every_line_is_one_line_of_ascii_within_its_limit(
    subject: str, sentences: tuple[str, ...], host: str, urgent: bool
) -> None:
    sent = message_of(
        notice(subject=subject, sentences=sentences, urgent=urgent),
        "syslog",
        address="",
        origin="https://plant.example:8443",
        full=True,
    )
    line = written(sent, host)
    assert line.isascii()
    assert b"\n" not in line
    assert len(line) <= MOST_BYTES
    assert told(line)["subject"] == sent.subject


@pytest.mark.parametrize(("urgent", "priority"), [(True, b"<105>1 "), (False, b"<109>1 ")])
def test_what_is_urgent_is_an_alert(urgent: bool, priority: bytes) -> None:
    channel = Syslog(SyslogSettings(host=HERE), this_host(), 1)
    assert written(message(channel, urgent=urgent), "n").startswith(priority)
