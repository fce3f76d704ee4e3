"""A session that went on in another state: the second permit and its approvals are checked as the first's are."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from domain.access import Action
from domain.canonical import Json, canonical
from domain.events import PermitApproved, SessionHeld, SessionReleased
from domain.ids import PermitId
from domain.permit import Permit
from domain.plant import OperatingState
from domain.proof import Approval
from recorder import case
from recorder.export.case_file import Agreed, agreed_permits, case_bytes
from recorder.report import Verdict
from tests.clock import STARTS
from tests.recorder.cases import CHARTER, PETRA, Story, approval, digest_of, permit, story
from tests.recorder.recordings import SESSION
from tests.recorder.test_verify import changed, failed, judge, members, packed

TITLE = "states agreed to"
AT = STARTS + timedelta(seconds=10)
SECOND = replace(
    permit(),
    id=PermitId("q" * 26),
    states=frozenset({OperatingState.START_UP}),
    requested_at=AT,
    nonce=bytes([1]) * 16,
)


def yes_to(second: Permit) -> Approval:
    return replace(
        approval(PETRA.assertion(second.digest())),
        permit_digest=second.digest(),
        at=AT + timedelta(seconds=5),
    )


def released(second: Permit, yes: Approval, **told: object) -> SessionReleased:
    sample = SessionReleased(
        at=AT + timedelta(seconds=6),
        session=SESSION,
        permit=permit().id,
        hold="state",
        state="start-up",
        agreed=second.id,
        digest=second.digest().hex(),
        approvals=(digest_of(yes),),
    )
    return replace(sample, **told)  # type: ignore[arg-type] # a test's own fields


def went_on(told: Story, second: Permit = SECOND, charter: Json = None, **changes: object) -> bytes:
    """A case file of a session that was held, agreed to again, and went on."""
    yes = yes_to(second)
    told.events[-1:-1] = [
        SessionHeld(at=AT, session=SESSION, permit=permit().id, hold="state", state="start-up"),
        PermitApproved(
            at=yes.at,
            permit=second.id,
            digest=second.digest().hex(),
            right=str(yes.right),
            approver=yes.approver,
            kind=str(yes.kind),
            approval=digest_of(yes),
        ),
        released(second, yes, **changes),
    ]
    contents = replace(told.contents(), agreed=(Agreed(second, (yes,), charter),))
    return case_bytes(contents, BytesIO(told.recording), told.log())


@pytest.fixture
async def told(tmp_path: Path) -> Story:
    return await story(tmp_path)


def test_an_honest_second_permit_passes_and_is_named(told: Story) -> None:
    """B11, D01: whoever judges later sees on whose word the session went on in the new state."""
    report = judge(went_on(told))
    assert report.verdict is Verdict.PASS, report
    (step,) = [one for one in report.steps if one.title == TITLE]
    assert "start-up" in step.sentence
    assert "petra (connect, passkey)" in step.sentence
    assert agreed_permits(told.log(), SESSION) == (SECOND.id,)


def test_a_session_that_was_never_held_says_so(told: Story) -> None:
    (step,) = [one for one in judge(told.case()).steps if one.title == TITLE]
    assert step.verdict is Verdict.PASS


def test_a_second_permit_that_was_swapped_is_found(told: Story) -> None:
    """B11: another permit under the same name, approved or not."""
    name = case.agreed_name(SECOND.id, case.PERMIT)
    other = replace(SECOND, nonce=bytes([2]) * 16)
    assert failed(changed(went_on(told), name, lambda _: other.canonical())) == [TITLE]
    files = members(went_on(told))
    assert failed(packed({**files, name: files[case.PERMIT]})) == [TITLE]


def test_its_approvals_left_out_or_swapped_are_found(told: Story) -> None:
    name = case.agreed_name(SECOND.id, case.APPROVALS)
    whole = went_on(told)
    assert failed(changed(whole, name, lambda _: b"[]")) == [TITLE]
    assert failed(changed(whole, name, lambda _: members(whole)[case.APPROVALS])) == [TITLE]


def test_a_second_permit_that_is_not_enclosed_leaves_the_verdict_open(told: Story) -> None:
    files = {name: data for name, data in members(went_on(told)).items() if not name.startswith(case.AGREED)}
    report = judge(packed(files))
    assert report.verdict is Verdict.INCOMPLETE


def test_a_permit_that_the_session_never_went_on_under_is_refused(told: Story) -> None:
    files = members(told.case())
    extra = case.agreed_name(SECOND.id, case.PERMIT)
    assert failed(packed({**files, extra: SECOND.canonical()})) == [TITLE]


WRONG: Mapping[str, Permit] = {
    "for more": replace(SECOND, actions=frozenset({Action.VIEW, Action.OVERRIDE})),
    "for another state": replace(SECOND, states=frozenset({OperatingState.MAINTENANCE})),
    "for longer": replace(SECOND, window=replace(SECOND.window, end=SECOND.window.end + timedelta(hours=1))),
    "from another network": replace(SECOND, networks=frozenset({"192.0.2.0/24"})),
    "under another charter": replace(SECOND, charter_digest=bytes(32)),
}


@pytest.mark.parametrize("second", WRONG.values(), ids=WRONG.keys())
def test_a_second_permit_for_other_work_is_no_agreement(told: Story, second: Permit) -> None:
    """B11: exactly this, in the new state: properly approved for anything else it does not count."""
    assert failed(went_on(told, second)) == [TITLE]


@pytest.mark.parametrize(
    "told_otherwise",
    [
        pytest.param({"agreed": "", "digest": "", "approvals": ()}, id="on nobody's word"),
        pytest.param({"digest": "00" * 32}, id="under another digest"),
        pytest.param({"approvals": ("00" * 32,)}, id="on another approval"),
        pytest.param({"approvals": ()}, id="on no approval"),
        pytest.param({"state": "shutdown"}, id="in yet another state"),
        pytest.param({"permit": SECOND.id}, id="released under another permit"),
    ],
)
def test_a_release_that_the_second_permit_does_not_cover_fails(
    told: Story, told_otherwise: dict[str, object]
) -> None:
    assert TITLE in failed(went_on(told, **told_otherwise))


def test_back_in_a_state_that_its_permit_names_nobody_is_asked(told: Story) -> None:
    told.events.insert(
        -1, released(SECOND, yes_to(SECOND), state="running", agreed="", digest="", approvals=())
    )
    told.events.insert(
        -1, released(SECOND, yes_to(SECOND), hold="unattended", state="", agreed="", digest="")
    )
    assert judge(told.case()).verdict is Verdict.PASS


def test_a_second_permit_s_approval_must_be_in_the_ledger_before_it_counted(told: Story) -> None:
    whole = went_on(told)
    files = members(whole)
    lines = files[case.EVENTS].splitlines(keepends=True)
    kept = [one for one in lines if json.loads(json.loads(one)["text"])["event"].get("permit") != SECOND.id]
    assert len(kept) < len(lines)
    assert failed(packed({**files, case.EVENTS: b"".join(kept)})) == [TITLE]


def test_the_charter_of_the_second_permit_comes_along_where_it_is_another(told: Story) -> None:
    """S-11: judged by what was in force when it was asked for."""
    other = json.loads(json.dumps(CHARTER))
    other["files"]["rights.toml"]["right"][0]["basis"] = "PI-08"
    second = replace(SECOND, charter_digest=hashlib.sha256(canonical(other)).digest())
    whole = went_on(told, second, other)
    assert case.agreed_name(second.id, case.CHARTER) in members(whole)
    assert judge(whole).verdict is Verdict.PASS
    assert failed(
        changed(whole, case.agreed_name(second.id, case.CHARTER), lambda _: canonical(CHARTER))
    ) == [TITLE]
