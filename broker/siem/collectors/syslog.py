"""Records as lines of syslog (RFC 5424) over TLS (RFC 5425), with their place in the ledger as structured data."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from broker.notices.channels.channel import told_apart
from broker.notices.channels.syslog import FACILITY, hand_over, word
from broker.siem.collectors.collector import Line

WARNING, INFORMATIONAL = 4, 6  # RFC 5424 section 6.2.1
ENTERPRISE = 32473
"""RFC 5612: the number for whoever has none of their own. It names the structured data, nothing else."""


@dataclass(frozen=True, slots=True)
class SyslogCollector:
    """It takes lines and says nothing: what is lost behind it shows by the next record or heartbeat."""

    address: str
    port: int
    ca_file: str
    node: str
    """This machine's name in each line."""
    timeout_s: float

    confirms = False

    async def send(self, lines: Sequence[Line], now: datetime) -> None:  # noqa: ARG002 (a collector's signature)
        """Hand ``lines`` over, over one connection."""
        with told_apart(f"The collector {self.address}:{self.port}"):
            async with asyncio.timeout(self.timeout_s):
                written = [syslog_line(one, self.node) for one in lines]
                await hand_over(
                    written, self.address, self.port, ca_file=self.ca_file, timeout_s=self.timeout_s
                )


def syslog_line(line: Line, node: str) -> bytes:
    """One line of RFC 5424. Its text is the record; its structured data are ours alone, and hold no text of an event."""
    priority = FACILITY * 8 + (WARNING if line.urgent else INFORMATIONAL)
    data = f'[penstock@{ENTERPRISE} leaf="{line.leaf}" previous="{line.previous}"]'
    head = f"<{priority}>1 {line.at or '-'} {word(node)} penstock - {line.name[:32] or '-'} {data} "
    return head.encode("ascii", "replace") + line.text
