"""What every filter that reads frames does alike: a stream into frames, each judged in order, and an end that is one. Pure.

A filter says what is done about one frame. As soon as that holds a Cut the conduit is over: nothing of what follows is
even looked at, in neither direction.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar, Generic, Protocol, TypeVar

from broker.conduits.step_up import NOTHING_LISTED, StepUp
from domain.output import Cut, Output

Frame_co = TypeVar("Frame_co", covariant=True)
Frame = TypeVar("Frame")

TOOL = "vendor's tool"


class Framing(Protocol[Frame_co]):
    """One direction of a connection. Holds what is unfinished."""

    @property
    def fault(self) -> str:
        """Why the stream is not of its protocol from here on, in a sentence; empty while it is."""
        ...

    def feed(self, data: bytes) -> Iterator[Frame_co]:
        """The frames that are whole by now. Once ``fault`` is set nothing more comes."""
        ...


class Framed(ABC, Generic[Frame]):
    """One connection, frame by frame. What is yielded is to be obeyed before the next is asked for."""

    ASSET: ClassVar[str] = "device"
    """What the protocol calls the asset, in sentences."""

    def __init__(self, inward: Framing[Frame], outward: Framing[Frame]) -> None:
        self._inward, self._outward = inward, outward
        self.step_up: StepUp = NOTHING_LISTED
        """What of it needs a proof of its own; set before the first byte."""
        self._over = False

    def from_vendor(self, data: bytes) -> Iterator[Output]:
        """What the permit covers goes on to the asset; of all else it never learns."""
        return self._fed(self._inward, self._sent, TOOL, data)

    def from_asset(self, data: bytes) -> Iterator[Output]:
        """What the vendor may be told goes on to the vendor."""
        return self._fed(self._outward, self._came, self.ASSET, data)

    @abstractmethod
    def _sent(self, frame: Frame) -> Iterable[Output]:
        """What to do about a frame of the vendor's tool. Nothing is asked of it behind a Cut."""

    @abstractmethod
    def _came(self, frame: Frame) -> Iterable[Output]:
        """What to do about a frame of the asset. Nothing is asked of it behind a Cut."""

    @abstractmethod
    def _malformed(self, why: str, whose: str = TOOL) -> Cut:
        """The end, for what ``whose`` end sent is not of the protocol: ``why``."""

    def _fed(
        self, framing: Framing[Frame], judge: Callable[[Frame], Iterable[Output]], whose: str, data: bytes
    ) -> Iterator[Output]:
        if self._over:
            return
        for frame in framing.feed(data):
            for output in judge(frame):
                if isinstance(output, Cut):
                    self._over = True
                    yield output
                    return
                yield output
        if framing.fault:
            self._over = True
            yield self._malformed(framing.fault, whose)
