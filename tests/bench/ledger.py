"""The ledger when it is large: appends, proofs and heads at ten million leaves, and what a verifier takes.

The ten million are made, not recorded: their tiles are written as an append would have left them, and the log goes on from
there with real leaves, on a real disk. The verifier's million are appended one batch after another.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from base64 import encodebytes
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from domain.events import Event, NodeStarted, PermitApproved, SessionOpened, document
from recorder.export.case_file import write_case
from recorder.format import payloads
from recorder.format.frame import Kind
from recorder.format.keys import unwrap
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.leaf import submission
from recorder.ledger.log import Log
from recorder.ledger.reader import LogReader
from recorder.ledger.restore import Restored
from recorder.ledger.tiles import WIDTH, RightEdge, bundle_path, pack, tile_path
from recorder.snapshots import TrustSnapshot
from tests.bench.bench import Bench
from tests.bench.figures import Bound, Figure, Spread, percentile
from tests.clock import STARTS, FrozenClock
from tests.recorder.cases import PETRA, Story, approval, beat, digest_of, ended, permit, trust_file
from tests.recorder.ledger.logs import SIGNER, submitted
from tests.recorder.recordings import KEK, SESSION, recorder_in

BATCH = 500
SAMPLED = 400
CHUNK = 256 * 1024
ENTRY = b'{"commitment":"%064x","event":"SessionHeartbeat","number":32,"schema":"penstock-leaf/1","session":"%026d"}'

CHECK = """
import sys
from pathlib import Path
from recorder.ledger.note import VerifierKey
from recorder.ledger.reader import LogReader
print(LogReader(Path(sys.argv[1])).check(VerifierKey.of(sys.argv[2])).size)
"""


def ledger(bench: Bench) -> Iterator[Figure]:
    """Every figure about a ledger's size."""
    with tempfile.TemporaryDirectory(prefix="penstock-ledger-") as folder:
        yield from _large(bench, Path(folder))
    # In memory: what is verified is read by the system's leave either way, and nobody waits for a disk to make it.
    with tempfile.TemporaryDirectory(prefix="penstock-verifier-", dir=bench.scratch) as folder:
        yield from _verifier(bench, Path(folder))


def _large(bench: Bench, folder: Path) -> Iterator[Figure]:
    bundles = (40, 400, 4_000) if bench.quick else (40, 400, 4_000, 39_063)
    proofs: dict[int, Spread] = {}
    for count in bundles:
        begun = time.monotonic()
        sampled = sorted(random.Random(7).sample(range(count), min(count, SAMPLED)))
        log, reader = made(folder / str(count), count, sampled)
        sys.stderr.write(f"  {log.size} leaves made in {time.monotonic() - begun:.0f} s\n")
        log.append([submitted(0)])
        found = [_proofs_ms(reader, sampled) for _ in bench.rounds(5, 3)]
        size_then = log.size
        proofs[size_then] = Spread.of(percentile(one, 0.5) for one in found)
        if count == bundles[-1]:
            size = f"{log.size / 1e6:.0f} M leaves"
            rates = [_appends_per_s(log, number) for number in bench.rounds(5, 3)]
            yield Figure(
                f"ledger append, batches of {BATCH}, at {size}",
                "/s",
                Spread.of(rates),
                Bound(5000, at_least=True, of_ratio=False),
            )
            worst = Spread.of(percentile(one, 0.99) for one in found)
            yield Figure(
                f"ledger proof, at {size}, p99",
                "ms",
                worst,
                Bound(5, of_ratio=False),
                note=f"p50 {proofs[size_then].text()} ms",
            )
            heads = [_heads_ms(log, number) for number in bench.rounds(5, 3)]
            p99 = Spread.of(percentile(one, 0.99) for one in heads)
            p50 = Spread.of(percentile(one, 0.5) for one in heads)
            yield Figure(
                f"ledger checkpoint, one leaf synced, signed, published, at {size}, p50",
                "ms",
                p50,
                Bound(50, of_ratio=False),
                note=f"p99 {p99.text()} ms: six times the disk is waited for",
            )
        log.close()
    least, most = min(proofs), max(proofs)
    growth = proofs[most].median / proofs[least].median
    said = ", ".join(f"{size}: {spread.median:.3g} ms" for size, spread in proofs.items())
    yield Figure(
        f"ledger proof, growth over {most / least:.0f} times the leaves",
        "×",
        Spread.of([growth]),
        Bound(2.5, of_ratio=False),
        note=said,
    )


def made(folder: Path, bundles: int, sampled: list[int]) -> tuple[Log, LogReader]:
    """A log of so many full bundles, as appends would have left it but for the bundles not in ``sampled``."""
    folder.mkdir()
    edge, wanted = RightEdge(), frozenset(sampled)
    for number in range(bundles):
        entries = [ENTRY % (one, one % 7) for one in range(number * WIDTH, (number + 1) * WIDTH)]
        for entry in entries:
            for level, at, hashes in edge.add(entry):
                _write(folder / tile_path(level, at), hashes)
        if number in wanted:
            _write(folder / bundle_path(number), pack(entries))
    head = SIGNER.note(Checkpoint(SIGNER.key.name, edge.size, edge.root()).body()).text().encode()
    memory = folder.with_suffix(".signed")
    memory.write_bytes(head)
    (folder / "checkpoint").write_bytes(head)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT)
    return Log(folder, memory, SIGNER, Restored(edge=edge, head=head), lock), LogReader(folder)


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except FileNotFoundError:
        path.parent.mkdir(parents=True)
        path.write_bytes(data)


def _proofs_ms(reader: LogReader, sampled: list[int]) -> list[float]:
    """In processor time: a proof reads a few small files that the system holds, and waits for nothing."""
    times = []
    for number in sampled:
        begun = time.process_time()
        reader.prove(number * WIDTH + number % WIDTH)
        times.append((time.process_time() - begun) * 1000)
    return times


def _appends_per_s(log: Log, round_: int) -> float:
    batches = [
        [submitted(1 + (round_ * 20 + batch) * BATCH + one) for one in range(BATCH)] for batch in range(20)
    ]
    begun = time.perf_counter()
    for batch in batches:
        log.append(batch)
    return 20 * BATCH / (time.perf_counter() - begun)


def _heads_ms(log: Log, round_: int) -> list[float]:
    times = []
    for number in range(100):
        one = [submitted(1_000_000 + round_ * 100 + number)]
        begun = time.perf_counter()
        log.append(one)
        times.append((time.perf_counter() - begun) * 1000)
    return times


def _verifier(bench: Bench, folder: Path) -> Iterator[Figure]:
    leaves, size = (100_000, 128) if bench.quick else (1_000_000, 1024)
    case, key = asyncio.run(_case(folder, leaves, size))
    checked = _run([sys.executable, "-c", CHECK, str(folder / "ledger"), key])
    judged = _run([sys.executable, "-m", "recorder", "verify", str(case), "--key", key])
    what = f"{leaves / 1e6:g} M leaves and a recording of {size} MiB"
    seconds = Spread.of([checked[0] + judged[0]])
    note = f"all leaves {checked[0]:.1f} s, the case file {judged[0]:.1f} s; in processor time, by one process each, offline"
    yield Figure(f"verifier, {what}", "s", seconds, Bound(60, of_ratio=False), note=note)
    memory = Spread.of([max(checked[1], judged[1])])
    said = f"all leaves {checked[1]:.0f} MiB, the case file {judged[1]:.0f} MiB"
    yield Figure("verifier, memory at most", "MiB", memory, Bound(512, of_ratio=False), note=said)


def _run(command: list[str]) -> tuple[float, float]:
    """Seconds of processor time and MiB at most of a program that must succeed; it has one thread."""
    asked = [sys.executable, "-m", "tests.bench.taken", *command]
    took = json.loads(subprocess.run(asked, stdout=subprocess.PIPE, check=True).stdout)
    return took["cpu_s"], took["mib"]


async def _case(folder: Path, leaves: int, size_mib: int) -> tuple[Path, str]:
    """A case file of a long session in a ledger of many leaves, and the ledger's key."""
    told, path = await _long_session(folder, size_mib)
    begun = time.monotonic()
    log = Log.create(folder / "ledger", SIGNER, memory=folder / "ledger.signed")
    left = leaves - len(told.events)
    _noise(log, left // 2)
    log.append([submission(f"session-{number}", document(one)) for number, one in enumerate(told.events)])
    _noise(log, left - left // 2)
    log.close()
    sys.stderr.write(f"  {leaves} leaves appended in {time.monotonic() - begun:.0f} s\n")
    case = folder / "case.zip"
    with case.open("wb") as out, path.open("rb") as recording:
        write_case(out, told.contents(), recording, LogReader(folder / "ledger"))
    return case, SIGNER.key.text()


def _noise(log: Log, count: int) -> None:
    for start in range(log.size, log.size + count, 1000):
        stop = min(start + 1000, log.size + count)
        log.append([submitted(number) for number in range(start, stop)])
        count -= stop - start


async def _long_session(folder: Path, size_mib: int) -> tuple[Story, Path]:
    """A shell that shows text for an eighth of it, and files for the rest, which nothing can shrink."""
    clock, chance = FrozenClock(), random.Random(11)
    recorder = recorder_in(folder, clock)
    digest = permit().digest().hex()
    recording = recorder.open(SESSION, {"permit": permit().id, "digest": digest})
    yes = approval(PETRA.assertion(permit().digest()))
    trust = trust_file(PETRA)
    events: list[Event] = [
        NodeStarted(
            at=STARTS,
            process="gate",
            software="penstock",
            charter=permit().charter_digest.hex(),
            trust=TrustSnapshot.of(trust).digest,
        ),
        PermitApproved(
            at=yes.at,
            permit=permit().id,
            digest=digest,
            right=str(yes.right),
            approver=yes.approver,
            kind=str(yes.kind),
            approval=digest_of(yes),
        ),
        SessionOpened(
            at=STARTS,
            session=SESSION,
            permit=permit().id,
            digest=digest,
            person=permit().person,
            asset=permit().asset,
            source="192.0.2.7",
            deadline=permit().window.end,
            approvals=(digest_of(yes),),
        ),
    ]
    for channel, passage in ((1, "shell"), (2, "sftp")):
        recording.write(Kind.CHANNEL_OPENED, channel, payloads.channel_opened(passage))
    noise = chance.randbytes(CHUNK)
    text = encodebytes(chance.randbytes(CHUNK * 3 // 4)).replace(b"\n", b"\r\n")[:CHUNK]
    for number in range(size_mib * 4):
        clock.advance(timedelta(milliseconds=2))
        kind, channel = (Kind.TO_VENDOR, 1) if number % 8 == 0 else (Kind.TO_ASSET, 2)
        recording.write(kind, channel, text if channel == 1 else noise)
        if number % 400 == 0:
            events.append(beat(recording))
    seal = await recording.seal("finished")
    recorder.close()
    events.append(ended(seal))
    key = unwrap((folder / f"{SESSION}.key").read_bytes(), KEK, SESSION)
    return Story(folder, (yes,), trust, events, b"", key, seal), folder / f"{SESSION}.pnr"
