"""One session's evidence, opened from what the node keeps: recording, key, permit, charter of the day, ledger."""

from io import BytesIO

import pytest

from broker.clock import SystemClock
from broker.playback import Playback, playback_of
from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.ledger.note import VerifierKey
from recorder.report import Verdict
from recorder.verify import verify_case
from tests.node import Node

ALIVE = pytest.mark.asyncio(loop_scope="session")


async def opened(plant: Node) -> Playback:
    """The evidence of a session that ran one command under a terminal."""
    person = plant.fresh()
    permit = await plant.permitted(person)
    done = await plant.client(person).ssh(f"{person}+eng-ws-1", "-tt", given=b"echo mar''ker; exit\n")
    assert b"marker" in done.out
    session = (await plant.event("SessionOpened", permit=permit))["session"]
    await plant.event("SessionEnded", session=session)
    filed = await plant.filed(permit)
    found = playback_of(plant.layout, {filed.permit.id: filed}.get, SystemClock())(SessionId(session))
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
    assert verify_case(BytesIO(playback.case_file()), key).verdict is Verdict.PASS
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
