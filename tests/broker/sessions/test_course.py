import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from broker.governor import Cause, RecordingOpened, State
from broker.sessions.course import Course, Hooks, Witness
from broker.sessions.live_session import LiveSession
from broker.sessions.rounds import Rounds
from broker.watchdog.journal import Journal
from domain.errors import EvidenceError, TransitionError
from domain.events import Isolated, SessionEnded, SessionOpened
from domain.ids import SessionId
from recorder.writer import Recorder
from tests.broker.running import ASSET, Leaves, frames_of, recorder_in
from tests.clock import FrozenClock
from tests.domain.samples import permit

SESSION = SessionId("s" * 26)


@pytest.fixture
def recorder(tmp_path: Path, clock: FrozenClock) -> Recorder:
    return recorder_in(tmp_path, clock)


@pytest.fixture
def leaves() -> Leaves:
    return Leaves()


@pytest.fixture
def witness(tmp_path: Path, clock: FrozenClock, leaves: Leaves) -> Witness:
    return Witness(leaves, Journal(tmp_path / "journal"), clock)


def recorded(recorder: Recorder, clock: FrozenClock) -> LiveSession:
    recording = recorder.open(SESSION, {"permit": permit().id, "digest": permit().digest().hex()})
    session = LiveSession(
        SESSION,
        permit(),
        ASSET,
        "local",
        clock.now() + timedelta(hours=1),
        clock,
        recording,
        lambda: None,
    )
    session.receive(RecordingOpened())
    return session


def started(
    session: LiveSession, witness: Witness, hooks: Hooks | None = None
) -> "tuple[asyncio.Task[None], asyncio.Future[None]]":
    loop = asyncio.get_running_loop()
    opened: asyncio.Future[None] = loop.create_future()
    return loop.create_task(Course(session, (), witness, hooks or Hooks(), Rounds(1.0)).run(opened)), opened


async def test_a_course_goes_from_the_leaf_that_opens_to_the_leaf_that_ends(
    recorder: Recorder, clock: FrozenClock, witness: Witness, leaves: Leaves, tmp_path: Path
) -> None:
    session = recorded(recorder, clock)
    course, opened = started(session, witness)
    await opened
    assert session.governor.state is State.RUNNING
    session.must_end(Cause.REVOKED)
    await course
    assert [type(leaf) for leaf in leaves.events] == [SessionOpened, SessionEnded]
    assert session.governor.state is State.ENDED
    assert leaves.of(SessionEnded)[0].head == session.recording.head.hex()
    assert frames_of(tmp_path, SESSION)


async def test_an_opening_that_is_not_kept_is_reported_to_whoever_asked(
    recorder: Recorder, clock: FrozenClock, witness: Witness, leaves: Leaves
) -> None:
    leaves.down = True
    session = recorded(recorder, clock)
    course, opened = started(session, witness)
    await course
    with pytest.raises(EvidenceError, match="ledger is down"):
        await opened
    assert session.over
    leaves.down = False
    await witness.drain()
    assert leaves.of(SessionEnded)[0].cause == "never_opened"


async def test_a_session_that_must_end_before_it_began_asks_the_ledger_for_no_opening(
    recorder: Recorder, clock: FrozenClock, witness: Witness, leaves: Leaves
) -> None:
    session = recorded(recorder, clock)
    session.must_end(Cause.ISOLATED)
    course, opened = started(session, witness)
    await course
    with pytest.raises(TransitionError, match="isolated"):
        await opened
    assert [type(leaf) for leaf in leaves.events] == [SessionEnded]


async def test_a_fault_in_the_course_ends_the_session_and_seals_it(
    recorder: Recorder, clock: FrozenClock, leaves: Leaves, tmp_path: Path
) -> None:
    class Faulty(Leaves):
        async def append(self, event: object) -> int:
            if type(event) is SessionOpened:
                raise RuntimeError("a bug")
            return await super().append(event)

    faulty = Faulty()
    session = recorded(recorder, clock)
    course, opened = started(session, Witness(faulty, Journal(tmp_path / "journal"), clock))
    await course
    with pytest.raises(TransitionError):
        await opened
    assert [type(leaf) for leaf in faulty.events] == [SessionEnded]
    assert frames_of(tmp_path, SESSION)


async def test_a_recording_that_cannot_be_sealed_is_told_without_its_hash(
    recorder: Recorder, clock: FrozenClock, witness: Witness, leaves: Leaves
) -> None:
    session = recorded(recorder, clock)
    course, opened = started(session, witness)
    await opened

    async def broken(cause: str) -> None:
        raise EvidenceError(f"It can't be sealed with {cause}.")

    session.recording.seal = broken
    session.must_end(Cause.KILLED)
    await course
    assert leaves.of(SessionEnded)[0].recording_sha256 == ""


async def test_what_neither_the_ledger_nor_the_journal_takes_is_at_least_logged(
    clock: FrozenClock, leaves: Leaves, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    leaves.down = True
    witness = Witness(leaves, Journal(tmp_path / "no" / "folder"), clock)
    await witness.keep(Isolated(at=clock.now(), scope="all", by="kim", reason="", enforced=""))
    assert "event_not_kept" in "".join(capfd.readouterr())


async def test_two_who_drain_at_once_hand_nothing_over_twice(
    clock: FrozenClock, leaves: Leaves, witness: Witness
) -> None:
    leaves.down = True
    await witness.keep(Isolated(at=clock.now(), scope="all", by="kim", reason="", enforced=""))
    leaves.down = False
    leaves.answers.clear()
    both = asyncio.gather(witness.drain(), witness.drain())
    await asyncio.sleep(0.05)
    leaves.answers.set()
    await both
    assert len(leaves.events) == 1
