import hashlib
import json
import secrets
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from domain.canonical import canonical
from domain.events import PermitChanged, SessionEnded, SessionHeartbeat, SessionInterrupted, SessionOpened
from domain.ids import SessionId
from recorder import case
from recorder.format.archive import Archive, ArchiveWriter
from recorder.report import Report, Verdict
from recorder.verify import verify_case
from tests.clock import STARTS
from tests.recorder.cases import (
    CHARTER,
    OLGA,
    PETRA,
    Story,
    approval,
    code,
    digest_of,
    permit,
    story,
    trust_file,
)
from tests.recorder.ledger.logs import SIGNER, STRANGER
from tests.recorder.recordings import SESSION, sealed_in, walk


def judge(data: bytes) -> Report:
    return verify_case(BytesIO(data), SIGNER.key)


def failed(data: bytes) -> list[str]:
    """The titles of the steps that fail."""
    report = judge(data)
    assert report.verdict is not Verdict.PASS
    return [step.title for step in report.steps if step.verdict is Verdict.FAIL]


def members(data: bytes) -> dict[str, bytes]:
    archive = Archive(BytesIO(data))
    return {name: archive.read(name, 1 << 30) for name in archive.members}


def packed(files: Mapping[str, bytes], *, honest: bool = True) -> bytes:
    """A case file from these members, its manifest made right again unless it is not to be ``honest``."""
    files = dict(files)
    if honest:
        manifest = json.loads(files[case.MANIFEST])
        manifest["files"] = {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in files.items()
            if name != case.MANIFEST
        }
        files[case.MANIFEST] = canonical(manifest)
    out = BytesIO()
    archive = ArchiveWriter(out)
    for name in sorted(files, key=lambda name: (name != case.MANIFEST, name)):
        archive.add(name, [files[name]], len(files[name]), zlib.crc32(files[name]))
    archive.close()
    return out.getvalue()


def changed(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    files = members(data)
    before = files[name]
    files[name] = change(before)
    assert files[name] != before
    return packed(files)


@pytest.fixture
async def told(tmp_path: Path) -> Story:
    return await story(tmp_path)


@pytest.fixture
def whole(told: Story) -> bytes:
    return told.case()


def test_an_honest_case_file_passes_every_step(whole: bytes) -> None:
    report = judge(whole)
    assert report.verdict is Verdict.PASS
    assert [step.number for step in report.steps] == list(range(1, 18))


def test_without_a_key_from_elsewhere_nothing_passes(whole: bytes) -> None:
    report = verify_case(BytesIO(whole), None)
    assert report.verdict is Verdict.INCOMPLETE
    assert [step.title for step in report.steps if step.verdict is not Verdict.PASS] == ["ledger key"]


def test_every_flipped_byte_of_a_case_file_is_found(whole: bytes) -> None:
    for at in range(len(whole)):
        data = bytearray(whole)
        data[at] ^= 1 << at % 8
        # The container's own checks find it before anything else is read: that is what keeps this fast.
        assert verify_case(BytesIO(bytes(data)), SIGNER.key).verdict is Verdict.FAIL, f"byte {at}"


def test_a_flipped_byte_is_found_even_when_manifest_and_checksums_are_made_right_again(whole: bytes) -> None:
    """A forger repairs what is not signed. VERIFY.md only explains, and is not evidence."""
    files = members(whole)
    for name in files.keys() - {case.README, case.MANIFEST}:
        size = len(files[name])
        for at in range(size) if size < 300 else [secrets.randbelow(size) for _ in range(25)]:
            data = bytearray(files[name])
            data[at] ^= 1 << at % 8
            forged = packed({**files, name: bytes(data)})
            assert judge(forged).verdict is not Verdict.PASS, f"{name}, byte {at}"


def test_peer_t62_another_key_under_the_same_name_is_found(tmp_path: Path, told: Story) -> None:
    (tmp_path / "forged").mkdir()
    forged = replace(told, folder=tmp_path / "forged", signer=STRANGER).case()
    assert failed(forged) == ["ledger key"]
    assert verify_case(BytesIO(forged), None).verdict is Verdict.INCOMPLETE


def first(data: bytes) -> tuple[str, str]:
    """Title and code of the first thing wrong or missing."""
    found = judge(data).first
    assert found is not None
    return found.title, found.code


def manifest_with(data: bytes, **fields: object) -> bytes:
    files = members(data)
    return packed(
        {**files, case.MANIFEST: canonical(json.loads(files[case.MANIFEST]) | fields)}, honest=False
    )


def test_a_manifest_that_names_another_permit_or_says_more_than_a_manifest_is_found(whole: bytes) -> None:
    assert first(manifest_with(whole, permit="q" * 26)) == ("permit", "permit_other")
    assert first(manifest_with(whole, note="all is well")) == ("manifest", "manifest_schema")


def test_each_step_that_does_not_hold_says_what_by_its_stable_name(whole: bytes) -> None:
    report = judge(packed({name: data for name, data in members(whole).items() if name != case.CHARTER}))
    assert {step.code for step in report.steps if step.verdict is not Verdict.PASS} == {"charter_missing"}
    assert not any(step.code for step in judge(whole).steps)


def test_peer_t62_an_unsigned_checkpoint_is_found(whole: bytes) -> None:
    assert "checkpoint" in failed(
        changed(whole, case.CHECKPOINT, lambda note: note.partition(b"\n\n")[0] + b"\n")
    )


@pytest.mark.parametrize("what", ["flip", "drop", "swap", "truncate", "other"])
def test_peer_t62_a_changed_recording_is_found_in_a_case_file_that_was_packed_again(
    whole: bytes, what: str
) -> None:
    def spoil(data: bytes) -> bytes:
        _, stored = walk(data)
        one, two, three = (stored[number].offset for number in (3, 4, 5))
        match what:
            case "flip":
                return data[: one + 40] + bytes([data[one + 40] ^ 1]) + data[one + 41 :]
            case "drop":
                return data[:one] + data[two:]
            case "swap":
                return data[:one] + data[two:three] + data[one:two] + data[three:]
            case "truncate":
                return data[:three]
            case _:
                return data[:-1]

    report = judge(changed(whole, case.RECORDING, spoil))
    assert report.verdict is Verdict.FAIL
    step = next(step for step in report.steps if step.title == "recording")
    assert step.verdict is Verdict.FAIL
    if what in {"flip", "drop", "swap"}:
        assert "frame 3, byte" in step.sentence


async def test_a_recording_of_another_session_is_not_taken_for_this_one(tmp_path: Path, whole: bytes) -> None:
    (tmp_path / "other").mkdir()
    other = (await sealed_in(tmp_path / "other", SessionId("c" * 26))).read_bytes()
    assert "recording" in failed(changed(whole, case.RECORDING, lambda _: other))


def test_an_export_that_shows_something_else_is_found(whole: bytes) -> None:
    name, _ = case.cast_names(1)
    assert failed(changed(whole, name, lambda cast: cast.replace(b"uptime", b"uptame"))) == ["exports"]
    files = members(whole)
    del files[name]
    assert failed(packed(files)) == ["exports"]


def test_exports_without_the_key_that_made_them_are_not_believed(whole: bytes) -> None:
    files = members(whole)
    del files[case.KEY]
    assert judge(packed(files)).verdict is Verdict.INCOMPLETE


def test_a_case_file_without_contents_passes_and_shows_nothing_that_was_done(told: Story) -> None:
    data = told.case(with_key=False)
    assert judge(data).verdict is Verdict.PASS
    assert b"uptime" not in data


def test_another_permit_is_found(whole: bytes) -> None:
    def widened(data: bytes) -> bytes:
        return data.replace(b'"actions":["view"]', b'"actions":["override"]')

    assert failed(changed(whole, case.PERMIT, widened)) == ["session"]


def test_another_charter_that_names_another_holder_is_found(whole: bytes) -> None:
    assert "charter" in failed(changed(whole, case.CHARTER, lambda data: data.replace(b'"deniz"', b'"olga"')))


def test_a_trust_file_with_a_forger_s_key_is_not_believed(whole: bytes) -> None:
    other = changed(whole, case.TRUST, lambda _: trust_file(PETRA, OLGA))
    report = judge(other)
    assert [(step.title, step.code) for step in report.steps if step.code] == [("trust file", "trust_other")]


def test_a_trust_file_that_no_enclosed_event_names_leaves_the_verdict_open(told: Story) -> None:
    told.events.pop(0)
    assert first(told.case()) == ("trust file", "trust_unnamed")


@pytest.mark.parametrize(
    ("spoilt", "fact"),
    [
        pytest.param({"kind": "webauthn.create"}, "not an assertion", id="a registration"),
        pytest.param({"origin": "https://evil.example"}, "elsewhere", id="another origin"),
        pytest.param({"rp_id": "evil.example"}, "another site", id="another relying party"),
        pytest.param({"flags": 0x01}, "did not check who", id="nobody verified"),
        pytest.param({"flags": 0x04}, "did not check who", id="nobody present"),
        pytest.param({"flags": 0x0D}, "not of the kind", id="a key that may be copied"),
        pytest.param({"cross_origin": True}, "framed", id="a framed page"),
    ],
)
async def test_a_passkey_s_proof_that_is_wrong_fails(
    tmp_path: Path, spoilt: dict[str, object], fact: str
) -> None:
    told = await story(tmp_path, proof=PETRA.assertion(permit().digest(), **spoilt))  # type: ignore[arg-type]
    report = judge(told.case())
    step = next(step for step in report.steps if step.title == "approvals")
    assert step.verdict is Verdict.FAIL
    assert fact in step.sentence


async def test_a_proof_over_another_permit_fails(tmp_path: Path) -> None:
    told = await story(tmp_path, proof=PETRA.assertion(bytes(32)))
    assert failed(told.case()) == ["approvals"]


async def test_a_key_that_the_plant_did_not_enrol_for_that_person_fails(tmp_path: Path) -> None:
    told = await story(tmp_path, proof=OLGA.assertion(permit().digest()), keys=(PETRA, OLGA))
    assert failed(told.case()) == ["approvals"]


@pytest.mark.parametrize("approver", ["olga", "ana", "nobody"])
async def test_who_did_not_hold_the_right_did_not_approve(tmp_path: Path, approver: str) -> None:
    told = await story(tmp_path, proof=code(), approver=approver)
    assert failed(told.case()) == ["approvals"]


async def test_the_deputy_may_approve_and_a_one_time_code_is_told_apart(tmp_path: Path) -> None:
    told = await story(tmp_path, proof=code(), approver="deniz")
    report = judge(told.case())
    assert report.verdict is Verdict.PASS
    assert any("signs nothing" in fact for fact in report.facts)


def test_an_approval_that_the_session_was_not_opened_on_is_found(whole: bytes) -> None:
    extra = approval(OLGA.assertion(permit().digest()), "olga").document()
    assert failed(changed(whole, case.APPROVALS, lambda data: canonical([*json.loads(data), extra]))) == [
        "approvals"
    ]
    assert failed(changed(whole, case.APPROVALS, lambda _: b"[]")) == ["approvals"]


def test_a_session_opened_on_no_approval_fails(told: Story) -> None:
    told.approvals = ()
    told.events = [
        replace(one, approvals=()) if isinstance(one, SessionOpened) else one for one in told.events
    ]
    assert failed(told.case()) == ["approvals"]


def test_an_approval_that_the_ledger_does_not_know_fails(told: Story) -> None:
    del told.events[1]
    assert failed(told.case()) == ["approvals"]


@pytest.mark.parametrize(
    ("then", "found"),
    [
        ([("approved", "revoked")], ["approvals"]),
        ([("approved", "withdrawn")], ["approvals"]),
        ([("approved", "revoked"), ("revoked", "approved")], []),
        ([("requested", "approved"), ("approved", "active")], []),
    ],
    ids=["revoked", "withdrawn", "not committed after all", "approved and used"],
)
def test_a_session_opened_on_a_permit_that_had_ended_fails(
    told: Story, then: list[tuple[str, str]], found: list[str]
) -> None:
    at = STARTS - timedelta(minutes=20)
    told.events[2:2] = [
        PermitChanged(at=at, permit=permit().id, before=before, after=after, by="petra", reason="")
        for before, after in then
    ]
    report = judge(told.case())
    assert [step.title for step in report.steps if step.verdict is not Verdict.PASS] == found


def test_a_permit_that_ended_after_its_session_was_opened_fails_nothing(told: Story) -> None:
    told.events.append(
        PermitChanged(
            at=STARTS + timedelta(minutes=2),
            permit=permit().id,
            before="active",
            after="completed",
            by="petra",
            reason="Done.",
        )
    )
    assert judge(told.case()).verdict is Verdict.PASS


@pytest.mark.parametrize(
    "name", [case.MANIFEST, case.PERMIT, case.APPROVALS, case.CHARTER, case.KEY, case.EVENTS]
)
def test_json_nested_without_end_breaks_a_step_and_not_the_verifier(whole: bytes, name: str) -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    forged = packed({**members(whole), name: deep}, honest=name != case.MANIFEST)
    assert judge(forged).verdict is Verdict.FAIL


def test_a_session_outside_its_window_fails(told: Story) -> None:
    told.events = [
        replace(one, deadline=permit().window.end + timedelta(seconds=1))
        if isinstance(one, SessionOpened)
        else one
        for one in told.events
    ]
    assert failed(told.case()) == ["session"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("frames", 3),
        ("bytes_to_asset", 0),
        ("bytes_to_vendor", 0),
        ("head", "00" * 32),
        ("recording_sha256", "00" * 32),
    ],
)
def test_a_closing_event_about_another_recording_fails(told: Story, field: str, value: object) -> None:
    told.events = [
        replace(one, **{field: value}) if isinstance(one, SessionEnded) else one  # type: ignore[arg-type]
        for one in told.events
    ]
    assert failed(told.case()) == ["recording in the ledger"]


@pytest.mark.parametrize("beat", [{"head": "11" * 32}, {"frames": 99}])
def test_a_heartbeat_off_this_chain_fails(told: Story, beat: dict[str, object]) -> None:
    wrong = SessionHeartbeat(at=STARTS, session=SESSION, frames=1, head="00" * 32)
    told.events.insert(5, replace(wrong, **beat))  # type: ignore[arg-type]
    assert failed(told.case()) == ["heartbeats"]


def test_an_interrupted_session_is_incomplete_and_says_why(told: Story) -> None:
    told.events[-1] = SessionInterrupted(
        at=STARTS,
        session=SESSION,
        frames=told.seal.frames,
        head=told.seal.head.hex(),
        recording_sha256=told.seal.sha256.hex(),
        sentence="12 frames verify, up to byte 4711.",
    )
    report = judge(told.case())
    assert report.verdict is Verdict.INCOMPLETE
    assert any("4711" in fact for fact in report.facts)


def test_a_session_whose_end_is_not_told_is_incomplete(told: Story) -> None:
    del told.events[-1]
    report = judge(told.case())
    assert report.verdict is Verdict.INCOMPLETE
    assert [step.title for step in report.steps if step.verdict is Verdict.INCOMPLETE] == [
        "session",
        "recording in the ledger",
    ]


def test_a_session_with_two_ends_fails(told: Story) -> None:
    told.events.append(replace(told.events[-1], cause="idle"))  # type: ignore[type-var]
    assert first(told.case()) == ("session", "session_events")


def test_an_end_that_the_journal_told_again_after_a_crash_is_one_end(told: Story) -> None:
    told.events.append(told.events[-1])
    assert judge(told.case()).verdict is Verdict.PASS


def test_events_left_out_put_in_twice_or_out_of_order_are_found(whole: bytes) -> None:
    lines = members(whole)[case.EVENTS].splitlines(keepends=True)
    for other in (lines[:-1], lines + lines[-1:], lines[::-1], lines[:2] + lines[3:], []):
        forged = changed(whole, case.EVENTS, lambda _, other=other: b"".join(other))
        assert judge(forged).verdict is not Verdict.PASS


@pytest.mark.parametrize("name", sorted(case.ALWAYS | {case.TRUST, case.CHARTER}))
def test_a_member_left_out_is_missed(whole: bytes, name: str) -> None:
    files = members(whole)
    del files[name]
    assert judge(packed(files)).verdict is not Verdict.PASS


def test_a_member_too_many_is_refused(whole: bytes) -> None:
    assert failed(packed({**members(whole), "autorun.inf": b"x"})) == ["manifest"]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"\x00" * 1000])
def test_what_is_no_case_file_fails_at_the_container(data: bytes) -> None:
    assert failed(data) == ["container"]


def test_the_samples_agree_with_each_other() -> None:
    assert permit().charter_digest == hashlib.sha256(canonical(CHARTER)).digest()
    assert len(digest_of(approval(code()))) == 64
