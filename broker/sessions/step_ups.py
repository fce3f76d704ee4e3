"""What of one session waits for a proof of its own, and what was proved. Pure: seconds since boot come in.

A proof is for one request, exactly as it was sent: its function and its operands. It lets it pass once, within a minute, over
whatever connection of the session it comes.
"""

from collections import OrderedDict
from dataclasses import dataclass

WAITS_S = 300.0
"""How long what was held can be proved; sent again after that, it waits anew."""
GOOD_FOR_S = 60.0
"""How long a proof waits for its request to be sent again; at that instant it is gone."""
MOST_WAITING = 16
ID_LETTERS = 8


@dataclass(frozen=True, slots=True)
class Waiting:
    """One request that was held. ``digest`` is of all that says what it does, in hex."""

    id: str
    protocol: str
    what: str
    digest: str
    since_s: float


@dataclass(frozen=True, slots=True)
class _Proved:
    what: Waiting
    until_s: float


class StepUps:
    """One session's."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, Waiting] = OrderedDict()
        self._proved: dict[str, _Proved] = {}

    def ask(self, protocol: str, what: str, exact: bytes, now_s: float) -> tuple[Waiting, bool]:
        """Take a request: what it is to be called, and whether it may pass. That spends its proof."""
        name = exact.hex()[:ID_LETTERS]
        found = self._proved.pop(name, None)
        if found is not None and found.what.digest == exact.hex() and now_s < found.until_s:
            return found.what, True
        waiting = self._waiting.get(name)
        if waiting is None or waiting.digest != exact.hex() or now_s >= waiting.since_s + WAITS_S:
            waiting = Waiting(name, protocol, what, exact.hex(), now_s)
            self._waiting.pop(name, None)
            self._waiting[name] = waiting
            if len(self._waiting) > MOST_WAITING:
                self._waiting.popitem(last=False)
        return waiting, False

    def waiting(self, now_s: float) -> tuple[Waiting, ...]:
        """What can be proved now, oldest first."""
        return tuple(one for one in self._waiting.values() if now_s < one.since_s + WAITS_S)

    def prove(self, waiting: Waiting, now_s: float) -> bool:
        """Let exactly this pass once; False where it waits no longer. Whoever calls has had the proof kept."""
        if self._waiting.get(waiting.id) != waiting:
            return False
        del self._waiting[waiting.id]
        self._proved = {name: one for name, one in self._proved.items() if now_s < one.until_s}
        self._proved[waiting.id] = _Proved(waiting, now_s + GOOD_FOR_S)
        return True
