"""What the gate and an engine say to each other: one order, and what became of it. Pure.

Both over a pair of sockets that keeps messages apart. With the order go two descriptors: the end of the pair over which the
screen is to be spoken, and the connection to the asset, which the gate has made.
"""

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from domain.errors import PeerError

MOST_BYTES = 64 * 1024
LONGEST_SECRET = 255
"""Bytes that the client reads of a password."""


class OrderError(PeerError):
    """A message that is none of these."""


@dataclass(frozen=True, slots=True)
class Order:
    """One passage: how to sign in, what the asset has to show, and how large the screen is, in pixels."""

    username: str
    password: str = field(repr=False)
    certificate: str
    """The SHA-256 of the certificate that the asset showed to the gate, in hexadecimal: another one is not signed in to."""
    width: int
    height: int

    def wire(self) -> bytes:
        """As it is sent."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def of(cls, wire: bytes) -> "Order":
        """What was sent; OrderError where it is none."""
        try:
            told = json.loads(wire)
            return cls(
                str(told["username"]),
                str(told["password"]),
                str(told["certificate"]),
                int(told["width"]),
                int(told["height"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise OrderError("An engine was told what it does not understand.") from error


class Step(StrEnum):
    """How far an engine has come."""

    UP = "up"
    """It has signed in, and the screen may be spoken to."""
    REFUSED = "refused"
    """It has not come so far."""
    OVER = "over"
    """It was up, and has ended."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an engine says. ``code`` is stable; empty together with ``sentence`` where it is up."""

    step: Step
    code: str = ""
    sentence: str = ""
    remedy: str = ""

    def wire(self) -> bytes:
        """As it is sent."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def of(cls, wire: bytes) -> "Told":
        """What was sent; OrderError where it is none."""
        try:
            told = json.loads(wire)
            return cls(Step(told["step"]), str(told["code"]), str(told["sentence"]), str(told["remedy"]))
        except (ValueError, KeyError, TypeError) as error:
            raise OrderError("An engine said what nobody understands.") from error
