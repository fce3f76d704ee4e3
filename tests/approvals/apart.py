"""A node of its own, in a process of its own: takes decisions on standard input, tells what became of them.

It opens one database and answers each pickled ``Round`` with a pickled ``Told``, until its input ends.
"""

import asyncio
import pickle
import subprocess
import sys
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from approvals.quorum import Terms
from approvals.service import Approvals
from approvals.trust import Trust
from broker.database.engine import open_engine
from domain.errors import DecisionError
from domain.events import Event
from domain.ids import PermitId, PersonId
from domain.permit import Permit
from domain.proof import Approval
from tests.approvals.desk import ListLedger
from tests.clock import FrozenClock


@dataclass(frozen=True)
class Move:
    """One decision: ``approve`` (with its proof), ``refuse``, ``withdraw``, ``revoke`` or ``activate``."""

    kind: str
    by: PersonId
    approval: Approval | None = None


@dataclass(frozen=True)
class Round:
    """What one node is to do, all of it at once."""

    wish: Permit
    moves: tuple[Move, ...]
    terms: Terms
    trust: Trust


@dataclass(frozen=True)
class Told:
    """Each move's outcome, ``won`` or a code, and the leaves that this node left."""

    outcomes: tuple[str, ...]
    leaves: tuple[Event, ...]


class Node:
    """The process, from its parent's side."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._to, self._from = process.stdin, process.stdout

    def ready(self) -> None:
        """Wait until its database is open."""
        assert pickle.load(self._from) == "ready"

    def begin(self, one: Round) -> None:
        """Have it decide."""
        pickle.dump(one, self._to)
        self._to.flush()

    def told(self) -> Told:
        """Wait for what became of it."""
        found = pickle.load(self._from)
        assert isinstance(found, Told)
        return found


@contextmanager
def nodes(url: str, many: int) -> Iterator[Sequence[Node]]:
    """``many`` of them over one database; each ends when its input does."""
    # Imported, not run as a module: what it pickles is then of the same classes on both sides.
    command = [sys.executable, "-c", "from tests.approvals.apart import serve; serve()", url]
    with ExitStack() as stack:
        running = [
            stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
            for _ in range(many)
        ]
        found = [Node(one) for one in running]
        for one in found:
            one.ready()
        yield found


async def decided(approvals: Approvals, one: Round, move: Move) -> str:
    """``won``, or the code of why not."""
    try:
        await _moved(approvals, one, move)
    except DecisionError as error:
        return error.code
    return "won"


def _moved(approvals: Approvals, one: Round, move: Move) -> Awaitable[object]:
    wish = one.wish.id
    match move.kind:
        case "approve":
            assert move.approval is not None
            return approvals.approve(wish, move.approval, one.terms, one.trust, lambda *_: False)
        case "refuse":
            return approvals.refuse(wish, move.by, "No.", one.terms)
        case "withdraw":
            return approvals.withdraw(wish, move.by)
        case "revoke":
            return approvals.revoke(wish, move.by, "Stop.")
        case _:
            return approvals.activate(wish)


async def _unheard(_what: str, _permit: PermitId) -> None:
    """Nobody is told."""


async def _serve(url: str) -> None:
    engine = open_engine(url)
    async with engine.connect():
        pass
    _say("ready")
    while True:
        try:
            one = await asyncio.to_thread(pickle.load, sys.stdin.buffer)
        except EOFError:
            break
        ledger = ListLedger()
        approvals = Approvals(engine, ledger, FrozenClock(), _unheard)
        outcomes = await asyncio.gather(*(decided(approvals, one, move) for move in one.moves))
        _say(Told(tuple(outcomes), tuple(ledger.events)))
    await engine.dispose()


def _say(what: object) -> None:
    pickle.dump(what, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def serve() -> None:
    """Be such a process."""
    asyncio.run(_serve(sys.argv[1]))
