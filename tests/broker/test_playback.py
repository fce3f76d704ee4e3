"""One session's evidence, opened from what the node keeps: recording, key, permit, charter of the day, ledger."""

from collections.abc import Iterable
from datetime import datetime

import pytest

from broker.clock import SystemClock
from broker.playback import Playback, playback_of
from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.case import MIB, TRANSACTIONS
from recorder.format.archive import Archive
from recorder.format.frame import Frame
from recorder.ledger.note import VerifierKey
from recorder.report import Verdict
from recorder.verify import verify_case
from tests.node import Node

ALIVE = pytest.mark.asyncio(loop_scope="session")


def counted(frames: Iterable[Frame], started_at: datetime) -> bytes:
    """Who reads native protocols, here: how many frames there are."""
    return f"{started_at:%Y},{sum(1 for _ in frames)}\r\n".encode()


async def opened(plant: Node) -> Playback:
    """The evidence of a session that ran one command under a terminal."""
    person = plant.fresh()
    permit = await plant.permitted(person)
    done = await plant.client(person).ssh(f"{person}+eng-ws-1", "-tt", given=b"echo mar''ker; exit\n")
    assert b"marker" in done.out
    session = (await plant.event("SessionOpened", permit=permit))["session"]
    await plant.event("SessionEnded", session=session)
    filed = await plant.filed(permit)
    found = playback_of(plant.layout, {filed.permit.id: filed}.get, SystemClock(), counted)(
        SessionId(session)
    )
    assert found is not None
    return found


@ALIVE
async def test_a_session_s_evidence_is_whole(plant: Node) -> None:
    playback = await opened(plant)
    assert list(playback.casts()) == [1]
    assert any("marker" in text for _, code, text in playback.shown(1) if code == "o")
    assert b"".join(playback.cast(1)).startswith(b'{"version": 2')
    assert b'"version": 3' in next(iter(playback.cast(1, version=3)))
    assert playback.header().about["asset"] == "eng-ws-1"
    assert playback.verify().verdict is Verdict.PASS
    key = VerifierKey.of(plant.layout.ledger_vkey.read_text())
    file = playback.case_file()
    report = verify_case(file, key)
    assert report.verdict is Verdict.PASS
    assert any("nothing vouches for it" in fact for fact in report.facts)
    with playback.opened() as recording:
        listed = counted(recording.frames(), recording.reader.header.started_at)
    assert Archive(file).read(TRANSACTIONS, MIB) == listed
    file.close()
    with pytest.raises(KeyError):
        playback.shown(2)


@ALIVE
async def test_without_its_permit_there_is_no_case_file_and_the_error_says_what_else_to_do(
    plant: Node,
) -> None:
    playback = await opened(plant)
    orphan = Playback(plant.layout, SessionId(playback.header().session), lambda _permit: None, SystemClock())
    assert list(orphan.casts()) == [1]
    with pytest.raises(EvidenceError, match="permit") as raised:
        orphan.case_file()
    assert "python -m recorder verify" in raised.value.remedy


@ALIVE
async def test_a_session_that_is_not_sealed_here_is_not_found(plant: Node) -> None:
    find = playback_of(plant.layout, lambda _permit: None, SystemClock())
    assert find(SessionId("z" * 26)) is None
