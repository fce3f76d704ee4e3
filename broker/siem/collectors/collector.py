"""What a collector is: it takes lines in their order, and says whether it has them as far as its protocol can."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Line:
    """One record, written. What a transport says about it besides is here as well."""

    leaf: int
    previous: int
    name: str
    """The event's type."""
    at: str
    """When it happened (RFC 3339); empty where that can't be read."""
    urgent: bool
    text: bytes
    """One line, without its end."""


class Collector(Protocol):
    """One place of the plant's SIEM. tests/broker/siem/collectors/contract.py holds every one to this:

    * `send` returns once the collector has all of ``lines``, where its protocol says such a thing (`confirms`);
      else once they were handed over and the connection ended in order;
    * anything else is a DeliveryError within the time-out: the same lines are then sent again, as a whole;
    * nothing is sent to a server whose certificate does not hold; no error says a secret.
    """

    @property
    def confirms(self) -> bool:
        """Whether `send` returning means that the other side has them."""
        ...

    async def send(self, lines: Sequence[Line], now: datetime) -> None:
        """Take ``lines`` there; DeliveryError when they were not taken."""
        ...
