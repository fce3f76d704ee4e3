"""Records posted in batches, one a line, signed as notices are, or with a token."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from broker.notices.channels.signature import signed
from broker.notices.channels.webhook import host_of, post
from broker.siem.collectors.collector import Line

LEAVES = "Penstock-Leaves"


@dataclass(frozen=True, slots=True)
class HttpCollector:
    """Any 2xx is a yes to the whole batch; after anything else the same batch comes again."""

    url: str
    ca_file: str
    timeout_s: float
    kind: str
    """The media type of what is posted."""
    packed: bool = False
    secret: str = field(default="", repr=False)
    authorization: str = field(default="", repr=False)

    confirms = True

    async def send(self, lines: Sequence[Line], now: datetime) -> None:
        """Post ``lines``."""
        body = b"".join(one.text + b"\n" for one in lines)
        headers = {"Content-Type": self.kind, LEAVES: f"{lines[0].leaf}-{lines[-1].leaf}"}
        if self.packed:
            body = gzip.compress(body, mtime=0)
            headers["Content-Encoding"] = "gzip"
        if self.secret:
            headers |= signed(self.secret, body, now)
        if self.authorization:
            headers["Authorization"] = self.authorization
        where = f"The collector at {host_of(self.url)}"
        await post(self.url, body, headers, where=where, ca_file=self.ca_file, timeout_s=self.timeout_s)
