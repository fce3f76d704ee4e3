"""Many stock ``ssh`` sessions of one peer, typing now and then. A process of its own, so that it holds up nobody.

``python -m tests.bench.crowd`` reads orders, one JSON object a line, and answers each with one:

* ``{"do": "open", "lines": [[…], …]}``: start these command lines, eight at a time, until each has said READY;
* ``{"do": "type", "every_s": 1.0}`` or ``every_s`` 0 for silence;
* ``{"do": "report"}``: how many live, and the echo times since the last report;
* ``{"do": "await-end", "within_s": 10}``: type on until every session has ended, and say when each last heard
  something and when it ended, in seconds of the machine's monotonic clock.
"""

import json
import math
import os
import random
import select
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

AT_ONCE = 8
READY = b"READY"


@dataclass(eq=False)
class Member:
    """One session."""

    process: "subprocess.Popen[bytes]"
    out: int
    into: int
    ready: bool = False
    seen: bytes = b""
    typed_s: float = 0.0
    next_s: float = 0.0
    heard_s: float = 0.0
    ended_s: float = 0.0


@dataclass
class Crowd:
    """All of them, in one loop."""

    selector: selectors.EpollSelector = field(default_factory=selectors.EpollSelector)
    members: list[Member] = field(default_factory=list)
    every_s: float = 0.0
    echoes_ms: list[float] = field(default_factory=list)

    def open(self, lines: list[list[str]]) -> dict[str, Any]:
        begun, waiting = time.monotonic(), list(reversed(lines))
        opening: set[Member] = set()
        while waiting or opening:
            while waiting and len(opening) < AT_ONCE:
                opening.add(self._start(waiting.pop()))
            self.turn(0.5)
            opening = {one for one in opening if not one.ready and not one.ended_s}
            if time.monotonic() - begun > 120:
                break
        return {"live": self.live(), "seconds": time.monotonic() - begun}

    def _start(self, line: list[str]) -> Member:
        process = subprocess.Popen(
            line,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        member = Member(process, process.stdout.fileno(), process.stdin.fileno())
        os.set_blocking(member.out, False)
        self.members.append(member)
        self.selector.register(member.out, selectors.EVENT_READ, member)
        return member

    def live(self) -> int:
        return sum(one.ready and not one.ended_s for one in self.members)

    def turn(self, most_s: float) -> None:
        """Hear what came, type what is due: each at a moment of its own, as persons do, and not all in one beat.

        So ``select`` waits, to the microsecond: ``epoll`` rounds up to a millisecond, and whoever is due in it would type at once."""
        due_s = min((one.next_s for one in self._typists()), default=math.inf) - time.monotonic()
        select.select([self.selector], [], [], max(min(most_s, due_s), 0.0))
        for key, _ in self.selector.select(0):
            self._hear(key.data)
        now = time.monotonic()
        for one in self._typists():
            if now >= one.next_s:
                self._type(one, now)

    def _typists(self) -> Iterator[Member]:
        """Who sees all that it typed, and types on."""
        if self.every_s:
            yield from (one for one in self.members if one.ready and not one.ended_s and not one.typed_s)

    def _hear(self, one: Member) -> None:
        got = os.read(one.out, 4096)
        now = time.monotonic()
        if not got:
            one.ended_s = now
            self.selector.unregister(one.out)
            return
        one.heard_s = now
        if not one.ready:
            one.seen += got
            one.ready = READY in one.seen
        elif one.typed_s:
            self.echoes_ms.append((now - one.typed_s) * 1000)
            one.typed_s = 0.0

    def _type(self, one: Member, now: float) -> None:
        one.next_s = now + self.every_s
        try:
            os.write(one.into, b"k")
        except OSError:
            return  # it has just ended; its output says so
        one.typed_s = now

    def pace(self, every_s: float) -> dict[str, Any]:
        self.every_s = every_s
        now = time.monotonic()
        for one in self.members:
            one.next_s = now + random.random() * every_s
            one.typed_s = 0.0
        return {}

    def report(self) -> dict[str, Any]:
        found, self.echoes_ms = self.echoes_ms, []
        return {"live": self.live(), "echoes_ms": found}

    def await_end(self, within_s: float) -> dict[str, Any]:
        end = time.monotonic() + within_s
        while self.live() and time.monotonic() < end:
            self.turn(0.05)
        return {
            "live": self.live(),
            "heard_s": [one.heard_s for one in self.members if one.ready],
            "ended_s": [one.ended_s for one in self.members if one.ready],
        }

    def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        match order:
            case {"do": "open", "lines": list(lines)}:
                return self.open(lines)
            case {"do": "type", "every_s": every_s}:
                return self.pace(every_s)
            case {"do": "report"}:
                return self.report()
            case {"do": "await-end", "within_s": within_s}:
                return self.await_end(within_s)
            case _:
                raise ValueError(f"no such order: {order}")

    def close(self) -> None:
        for one in self.members:
            one.process.kill()
        for one in self.members:
            one.process.wait()


def main() -> None:
    crowd = Crowd()
    orders = sys.stdin.fileno()
    os.set_blocking(orders, False)
    waiting = b""
    try:
        while True:
            crowd.turn(0.02)
            try:
                got = os.read(orders, 1 << 20)
            except BlockingIOError:
                continue
            if not got:
                return
            waiting += got
            while b"\n" in waiting:
                line, waiting = waiting.split(b"\n", 1)
                print(json.dumps(crowd.obey(json.loads(line))), flush=True)  # noqa: T201
    finally:
        crowd.close()


if __name__ == "__main__":
    main()
