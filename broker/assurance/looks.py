"""This node looks at itself: configuration, clock and audit, by its own scheduler, each look a leaf.

No session gives this evidence (requirements 3.1, rule 4). What a look found wrong is evidence that does not verify,
and is said; exercises, restore tests and access reviews are people's work and come in as documents.
"""

import asyncio
import contextlib
import ctypes
import shutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import structlog

from broker.evidence.standings import standings
from broker.layout import Layout
from broker.settings import Settings
from domain.canonical import canonical
from domain.clock import Clock
from domain.errors import PenstockError
from domain.events import Event, EvidenceCollected
from policies.assurance.collection import Collection

log = structlog.get_logger()

TIME_ERROR = 5  # adjtimex(2): nothing keeps the clock right
LOW_DISK = 0.1
"""The share of free disk below which no session opens."""
REST_S = 300.0
"""How long it rests before it asks whether a look is due, the first time too: a node that just started is at rest."""
BY = "node"


@dataclass(frozen=True, slots=True)
class Look:
    """What one look saw."""

    kind: str
    facts: tuple[str, ...]
    sound: bool

    def event(self, at: datetime) -> EvidenceCollected:
        """The leaf that says so."""
        digest = sha256(canonical({"kind": self.kind, "facts": self.facts, "sound": self.sound})).hexdigest()
        return EvidenceCollected(
            at=at, kind=self.kind, subject="node", digest=digest, facts=self.facts, sound=self.sound, by=BY
        )


def looks(layout: Layout, settings: Settings, now: datetime) -> Iterator[Look]:
    """Every look at ``now``. Blocks for as long as a few files take; never raises for what is wrong."""
    yield _configuration(layout, settings)
    yield _clock()
    yield _audit(layout, settings, now)


def _configuration(layout: Layout, settings: Settings) -> Look:
    """The digests of what this node goes by: other bytes, another digest. No value is told, for some are secret."""
    written = sha256(settings.model_dump_json().encode()).hexdigest()
    facts = [f"settings {written}"]
    sound = True
    for name, path in (("trust", layout.approvers), ("ledger key", layout.ledger_vkey)):
        try:
            facts.append(f"{name} {sha256(path.read_bytes()).hexdigest()}")
        except OSError as error:
            facts.append(f"{name} can't be read: {error.strerror}")
            sound = False
    return Look("EV-CFG", tuple(facts), sound)


def _clock() -> Look:
    kept = ctypes.CDLL(None).ntp_adjtime(ctypes.create_string_buffer(256)) != TIME_ERROR
    return Look("EV-CLK", ("kept by a time service" if kept else "no time service keeps the clock",), kept)


def _audit(layout: Layout, settings: Settings, now: datetime) -> Look:
    try:
        usage = shutil.disk_usage(layout.folder)
        room, enough = f"{usage.free // 2**20} MiB free", usage.free / usage.total >= LOW_DISK
        lines = standings(layout, settings, now)
    except (OSError, PenstockError) as error:
        return Look("EV-AUD", (str(error),), sound=False)
    facts = (room, *(f"{one.what} {one.state}" for one in lines))
    return Look("EV-AUD", facts, enough and all(one.sound for one in lines))


def last_look(collection: Collection) -> datetime | None:
    """When this node last looked at itself; None where it never did."""
    return max((one.at for one in collection.said if one.name == "EvidenceCollected"), default=None)


async def keep_looking(
    layout: Layout,
    settings: Settings,
    append: Callable[[Event], Awaitable[object]],
    clock: Clock,
    read: Callable[[], Collection],
) -> None:
    """Read what there is, then wait, look, write down, for as long as this process runs. What can't be written is tried again."""
    every = timedelta(hours=settings.assurance.look_hours)
    with contextlib.suppress(PenstockError):  # said below, where it counts
        await asyncio.to_thread(read)  # the whole ledger: else who opens the first page waits for it
    while True:
        await asyncio.sleep(REST_S)
        try:
            last = last_look(await asyncio.to_thread(read))
            if last is None or clock.now() - last >= every:
                for one in await asyncio.to_thread(lambda: list(looks(layout, settings, clock.now()))):
                    await append(one.event(clock.now()))
        except PenstockError as error:
            log.warning("node_not_looked_at", fact=str(error))
