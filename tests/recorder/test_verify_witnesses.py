"""F06, F08: what an auditor who knows the witnesses sees of one session, offline."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from domain.errors import EvidenceError
from domain.events import document
from recorder import case
from recorder.cosigning import Cosigner, Ed25519Cosigner, MlDsaCosigner
from recorder.export.case_file import case_bytes
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.leaf import submission
from recorder.ledger.log import Log
from recorder.ledger.note import Note, sign
from recorder.ledger.policy import Policy
from recorder.report import Report, Verdict
from recorder.verify import verify_case
from recorder.verify_witnesses import consistency_of, consistency_text
from tests.clock import STARTS
from tests.recorder.cases import Story, story
from tests.recorder.ledger.logs import ORIGIN, SIGNER, heartbeat
from tests.recorder.test_verify import members, packed

AT = STARTS + timedelta(hours=2)
CORPORATE = Ed25519Cosigner("corporate.example/w", Ed25519PrivateKey.generate())
AUDITOR = MlDsaCosigner("auditor.example/w", MLDSA44PrivateKey.generate())
POLICY = Policy.of(
    f"log {SIGNER.key.text()}\nwitness corporate {CORPORATE.key.text()}\nwitness auditor {AUDITOR.key.text()}\n"
    "group outside 2 corporate auditor\nquorum outside\n"
)


def cosigned(data: bytes, *by: Cosigner) -> bytes:
    note = Note.of(data)
    return Note(note.body, (*note.lines, *(one.cosign(note.body, AT) for one in by))).text().encode()


def grown(told: Story, *, by: int) -> None:
    """More leaves after the session's own."""
    told.log()
    log = Log.open(told.folder / "ledger", told.signer, memory=told.folder / "ledger.signed")
    log.append(
        [submission(f"later-{log.size + number}", document(heartbeat(number))) for number in range(by)]
    )
    log.close()


def case_with(told: Story, witnessed: bytes) -> bytes:
    contents = replace(told.contents(), witnessed=witnessed)
    return case_bytes(contents, BytesIO(told.recording), told.log())


def judged(data: bytes, policy: Policy | None = POLICY) -> Report:
    return verify_case(BytesIO(data), SIGNER.key, policy)


def step(report: Report) -> tuple[Verdict, str]:
    (found,) = [one for one in report.steps if one.title == "witnesses"]
    return found.verdict, found.sentence


@pytest.fixture
async def told(tmp_path: Path) -> Story:
    return await story(tmp_path)


async def test_f08_an_auditor_reads_who_vouched_when_and_for_how_much(told: Story) -> None:
    head = told.log().checkpoint.encode()
    grown(told, by=300)
    report = judged(case_with(told, cosigned(head, CORPORATE, AUDITOR)))
    assert report.verdict is Verdict.PASS
    verdict, sentence = step(report)
    assert verdict is Verdict.PASS
    assert f"corporate, auditor vouched at {AT:%Y-%m-%d %H:%M:%S} UTC" in sentence


async def test_without_a_policy_the_cosignatures_are_seen_and_believed_by_nobody(told: Story) -> None:
    data = case_with(told, cosigned(told.log().checkpoint.encode(), CORPORATE))
    report = judged(data, None)
    assert report.verdict is Verdict.PASS
    assert "Nobody has said whose they are" in step(report)[1]
    assert "none is enclosed" in step(judged(told.case(), None))[1]


async def test_too_few_witnesses_or_none_enclosed_is_not_what_the_policy_asks_for(told: Story) -> None:
    head = told.log().checkpoint.encode()
    assert step(judged(case_with(told, cosigned(head, CORPORATE))))[0] is Verdict.FAIL
    report = judged(told.case())
    assert (report.verdict, step(report)[0]) == (Verdict.INCOMPLETE, Verdict.INCOMPLETE)
    assert judged(told.case(), Policy.of(f"log {SIGNER.key.text()}\nquorum none")).verdict is Verdict.PASS


async def test_a_head_from_before_the_sessions_end_leaves_the_verdict_open(told: Story) -> None:
    whole = told.events
    told.events = whole[:3]
    head = told.log().checkpoint.encode()
    log = Log.open(told.folder / "ledger", told.signer, memory=told.folder / "ledger.signed")
    log.append([submission(f"r{number}", document(one)) for number, one in enumerate(whole) if number >= 3])
    log.close()
    verdict, sentence = step(judged(case_with(told, cosigned(head, CORPORATE, AUDITOR))))
    assert verdict is Verdict.INCOMPLETE
    assert "before the session's own end" in sentence


async def test_f06_a_second_ledger_shown_to_the_auditor_is_found(told: Story) -> None:
    """The witnesses saw one history of the session; the case file comes from another, rightly signed."""
    other = Checkpoint(ORIGIN, told.log().size, bytes(32))
    seen = cosigned(sign(other.body(), SIGNER.key, SIGNER.sign).text().encode(), CORPORATE, AUDITOR)
    verdict, sentence = step(judged(case_with(told, seen)))
    assert verdict is Verdict.FAIL
    assert "there are two of it" in sentence


@pytest.mark.parametrize(
    "spoiled",
    [b"nonsense\n", b"AAAA\n", consistency_text((bytes(32),)), consistency_text((bytes(32),))[:-1]],
)
async def test_a_proof_that_does_not_lead_to_the_checkpoint_is_found(told: Story, spoiled: bytes) -> None:
    head = told.log().checkpoint.encode()
    grown(told, by=3)
    data = case_with(told, cosigned(head, CORPORATE, AUDITOR))
    files = members(data) | {case.CONSISTENCY: spoiled}
    assert step(judged(packed(files)))[0] is Verdict.FAIL


async def test_no_case_file_is_made_of_a_ledger_that_forgot_what_was_witnessed(told: Story) -> None:
    ahead = Checkpoint(ORIGIN, told.log().size + 1, bytes(32))
    seen = sign(ahead.body(), SIGNER.key, SIGNER.sign).text().encode()
    with pytest.raises(EvidenceError, match="it was set back"):
        case_with(told, cosigned(seen, CORPORATE))


def test_a_proof_is_read_back_as_it_was_written() -> None:
    for path in ((), (bytes(32),), (bytes(32), b"\xff" * 32)):
        assert consistency_of(consistency_text(path)) == path
