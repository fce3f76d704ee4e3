"""What was taken over counts in a case file only with the statement of who took it over, proved anew."""

import copy
import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from domain.attestation import Statement, of_delegation, of_right
from domain.canonical import canonical, instant_text, parse
from domain.errors import PenstockError
from domain.events import RightAttested
from domain.ids import PersonId
from domain.proof import PasskeyProof, Proof
from domain.rights import DecisionRight
from recorder import case
from recorder.attested import Attested, check_attestations, lines_about, needs_attesting, subjects
from recorder.export.case_file import case_bytes
from recorder.report import Verdict
from recorder.snapshots import CharterSnapshot, TrustSnapshot
from tests.clock import STARTS
from tests.recorder import cases
from tests.recorder.cases import (
    CHARTER,
    OLGA,
    PETRA,
    Passkey,
    Story,
    approval,
    code,
    permit,
    story,
    trust_file,
)
from tests.recorder.test_verify import failed, judge, members, packed

TAKEN = STARTS - timedelta(days=60)
SUBJECT = of_right(DecisionRight.CONNECT, "riverside")


def inherited() -> dict[str, object]:
    """Olga held the site's boundary until two months ago; Petra took it over."""
    charter = copy.deepcopy(CHARTER)
    (right,) = charter["files"]["rights.toml"]["right"]  # type: ignore[index, call-overload]
    charter["files"]["rights.toml"]["right"] = [  # type: ignore[index, call-overload]
        {**right, "holder": "olga", "from": "2025-01-01", "until": instant_text(TAKEN)},
        {**right, "from": instant_text(TAKEN)},
    ]
    return charter


def said(*, by: Passkey = PETRA, person: str = "petra", days: int = 1, subject: str = SUBJECT) -> Attested:
    statement = Statement(subject, PersonId(person), TAKEN + timedelta(days=days), bytes(16))
    return Attested(statement, by.assertion(statement.digest()))


def leaf(one: Attested, **told: object) -> RightAttested:
    statement = one.statement
    kind = "passkey" if isinstance(one.proof, PasskeyProof) else "totp"
    sample = RightAttested(
        at=statement.at,
        person=statement.person,
        subject=statement.subject,
        statement=statement.digest().hex(),
        kind=kind,
    )
    return replace(sample, **told)  # type: ignore[arg-type] # a test's own fields


@pytest.fixture
async def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    """A session that Petra approved two months after she took the boundary over."""
    monkeypatch.setattr(cases, "CHARTER", inherited())
    return await story(tmp_path, keys=(PETRA, OLGA))


def case_of(told: Story, *lines: Attested, leaves: tuple[RightAttested, ...] | None = None) -> bytes:
    told.events[1:1] = [leaf(one) for one in lines] if leaves is None else leaves
    data = b"".join(one.line() + b"\n" for one in lines)
    contents = replace(told.contents(), attestations=data)
    return case_bytes(contents, BytesIO(told.recording), told.log())


def test_who_attested_in_time_held_the_right(told: Story) -> None:
    """J03: an outsider sees who took the boundary over, and when they said so."""
    report = judge(case_of(told, said()))
    assert report.verdict is Verdict.PASS, report
    (step,) = [one for one in report.steps if one.title == "attestations"]
    assert f"petra {SUBJECT}" in step.sentence


def test_without_the_line_the_approval_is_nobody_s(told: Story) -> None:
    """J03: a line that was taken out of the case file closes; so does one that never was."""
    whole = case_of(told, said())
    assert failed(packed({**members(whole), case.ATTESTATIONS: b""})) == ["approvals"]


def test_a_case_file_without_the_member_leaves_the_verdict_open(told: Story) -> None:
    files = members(case_of(told, said()))
    del files[case.ATTESTATIONS]
    assert judge(packed(files)).verdict is Verdict.INCOMPLETE


FORGED = [
    pytest.param(said(by=OLGA), None, id="another's passkey"),
    pytest.param(replace(said(), proof=said(days=2).proof), None, id="a proof over something else"),
    pytest.param(said(person="olga", by=OLGA), None, id="by the predecessor"),
    pytest.param(said(subject=of_right(DecisionRight.SAFETY, "riverside")), None, id="of another right"),
    pytest.param(said(), (), id="that the ledger was never told of"),
    pytest.param(said(), (leaf(said(), person=PersonId("olga")),), id="told of somebody else"),
    pytest.param(said(), (leaf(said(), at=STARTS),), id="told at another time"),
    pytest.param(said(), (leaf(said(), kind="totp"),), id="told with another proof"),
]


@pytest.mark.parametrize(("line", "leaves"), FORGED)
def test_a_forged_attestation_holds_nothing_up(
    told: Story, line: Attested, leaves: tuple[RightAttested, ...] | None
) -> None:
    """J03: neither a line that somebody wrote nor a leaf alone makes a holder."""
    assert failed(case_of(told, line, leaves=leaves)) == ["approvals"]


def test_who_attested_late_holds_the_right_from_then_on(told: Story) -> None:
    assert judge(case_of(told, said(days=59))).verdict is Verdict.PASS


def test_a_statement_that_the_ledger_had_only_after_the_opening_does_not_count(told: Story) -> None:
    told.events.append(leaf(said()))
    assert failed(case_of(told, said(), leaves=())) == ["approvals"]


def test_the_leaf_taken_out_of_the_case_file_is_missed(told: Story) -> None:
    files = members(case_of(told, said()))
    lines = files[case.EVENTS].splitlines(keepends=True)
    kept = [one for one in lines if json.loads(json.loads(one)["text"])["event"]["event"] != "RightAttested"]
    assert failed(packed({**files, case.EVENTS: b"".join(kept)})) == ["approvals"]


def test_a_one_time_code_is_the_gate_s_word(told: Story) -> None:
    by_code = replace(said(), proof=code())
    report = judge(case_of(told, by_code))
    assert report.verdict is Verdict.PASS
    assert any("attested" in one and "one-time code" in one for one in report.facts)


def test_a_way_that_nobody_took_over_needs_no_statement() -> None:
    charter = CharterSnapshot.of(parse(canonical(CHARTER)))  # type: ignore[arg-type]
    assert not needs_attesting(charter, permit())
    assert needs_attesting(CharterSnapshot.of(parse(canonical(inherited()))), permit())  # type: ignore[arg-type]


def test_a_delegation_counts_from_when_its_holder_signed_it() -> None:
    """B03: the delegate's yes is none without the holder's statement."""
    charter = copy.deepcopy(CHARTER)
    charter["files"]["rights.toml"]["delegation"] = [  # type: ignore[index]
        {"right": "connect", "boundary": "riverside", "by": "petra", "to": "olga", "actions": ["view"],
         "states": ["running"], "from": "2026-01-02", "until": "2026-12-01", "approved": "2026-01-02"}
    ]  # fmt: skip
    read = CharterSnapshot.of(parse(canonical(charter)))  # type: ignore[arg-type]
    (given,) = read.delegations
    assert of_delegation(given) in subjects(read, permit())
    assert needs_attesting(read, permit())


def test_only_what_is_about_this_way_comes_along() -> None:
    """Who took over what elsewhere is nobody's business who judges this session."""
    here, there = said(), said(subject=of_right(DecisionRight.CONNECT, "hilltop"))
    data = here.line() + b"\n" + there.line() + b"\ntorn" + b"\n\n[1]\n"
    charter = CharterSnapshot.of(parse(canonical(inherited())))  # type: ignore[arg-type]
    assert tuple(lines_about(data, subjects(charter, permit()))) == (here.line(),)


@pytest.mark.parametrize(
    "line",
    [b"", b"{}", b"[]", b"{", said().line() + b" ", b'{"proof":1,"statement":2}', said().line()[:-9]],
)
def test_a_line_of_another_form_is_no_attestation(line: bytes) -> None:
    with pytest.raises(PenstockError):
        Attested.of_line(line)
    found, wrong = check_attestations([line], [], TrustSnapshot.of(trust_file(PETRA)), lambda _: None)
    assert (found, len(wrong)) == ((), 1)


def test_a_key_that_the_plant_did_not_trust_then_attests_nothing(told: Story) -> None:
    proof: Proof = Passkey("petra", 2002).assertion(said().statement.digest())
    assert failed(case_of(told, replace(said(), proof=proof))) == ["approvals"]
    assert approval(proof).approver == "petra"
