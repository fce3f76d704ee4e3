import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.canonical import Json, canonical, parse
from domain.errors import PenstockError, ProofError
from domain.proof import Approval, SshProof
from domain.rights import DecisionRight
from recorder.snapshots import CharterSnapshot, TrustSnapshot
from recorder.verify_approvals import check_approvals
from tests.approvals.desk import decision
from tests.approvals.ssh import HardKey, SoftKey
from tests.clock import STARTS
from tests.for_each import for_each
from tests.recorder.cases import CHARTER, PETRA, approval, code, digest_of, permit, trust_file

YES = approval(PETRA.assertion(permit().digest()))


def judged(
    *approvals: Approval,
    charter: object = CHARTER,
    told: dict[str, Json] | None = None,
    broken: bool = False,
    trust: bytes | None = None,
) -> tuple[str, list[str]]:
    """The sentence and the notes, on a session opened on exactly these approvals."""
    events: list[dict[str, Json]] = [
        {
            "event": "PermitApproved",
            "permit": permit().id,
            "digest": permit().digest().hex(),
            "right": str(one.right),
            "approver": one.approver,
            "approval": digest_of(one),
            **(told or {}),
        }
        for one in approvals
    ]
    if broken:
        events.append({"event": "GlassBroken", "permit": permit().id})
    notes: list[str] = []
    sentence = check_approvals(
        permit(),
        approvals,
        {"approvals": [digest_of(one) for one in approvals]},
        events,
        CharterSnapshot.of(parse(canonical(charter))),  # type: ignore[arg-type]
        TrustSnapshot.of(trust or trust_file(PETRA)),
        notes.append,
    )
    return sentence, notes


def test_one_holder_s_passkey_is_enough_and_is_named() -> None:
    sentence, notes = judged(YES)
    assert "petra (connect, passkey)" in sentence
    assert notes == []


def test_what_a_one_time_code_does_not_show_is_noted() -> None:
    _, notes = judged(approval(code(), "deniz"))
    assert len(notes) == 1


@for_each(
    "wrong",
    [
        pytest.param(replace(YES, approver="ana"), id="the one who asked"),
        pytest.param(replace(YES, approver="olga"), id="somebody without the right"),
        pytest.param(replace(YES, approver="ghost"), id="nobody the charter knows"),
        pytest.param(replace(YES, right=DecisionRight.DATA_OUT), id="another right, held by nobody"),
        pytest.param(replace(YES, permit_digest=bytes(32)), id="another permit"),
        pytest.param(replace(YES, at=STARTS - timedelta(hours=3)), id="before it was asked for"),
        pytest.param(replace(YES, at=STARTS + timedelta(hours=3)), id="when the window was over"),
        pytest.param(replace(YES, at=STARTS + timedelta(days=365)), id="when the holding was over"),
        pytest.param(approval(PETRA.assertion(bytes(32))), id="a proof over something else"),
        pytest.param(approval(PETRA.assertion(permit().digest()), "deniz"), id="another's key"),
    ],
)
def test_what_does_not_hold_is_refused(wrong: Approval) -> None:
    with pytest.raises(PenstockError):
        judged(wrong)


def led() -> object:
    """The charter with somebody who leads incidents, and a shift."""
    charter = copy.deepcopy(CHARTER)
    files = charter["files"]
    assert isinstance(files, dict)
    files["people.toml"]["person"] += [{"id": "sven"}, {"id": "milo", "shift": True}]
    connect = files["rights.toml"]["right"][0]
    files["rights.toml"]["right"].append(
        {**connect, "right": "incident_lead", "holder": "sven", "deputy": "petra"}
    )
    return charter


LEADS = replace(approval(code(), "sven"), right=DecisionRight.INCIDENT_LEAD)
SHIFT = replace(approval(code(), "milo"), right=DecisionRight.INCIDENT_LEAD)


def test_what_was_approved_by_break_glass_needs_the_leaf_and_both_persons_h13() -> None:
    """H13: an outsider sees that the glass was broken, by whom, and that it took two."""
    charter = led()
    sentence, notes = judged(LEADS, SHIFT, charter=charter, broken=True)
    assert "sven (incident_lead, totp)" in sentence
    assert any("glass was broken" in one for one in notes)
    for yes in ((LEADS,), (SHIFT,), (LEADS, YES)):
        with pytest.raises(PenstockError):
            judged(*yes, charter=charter, broken=True)
    with pytest.raises(PenstockError):
        judged(LEADS, SHIFT, charter=charter)


def test_no_approval_is_no_approval() -> None:
    with pytest.raises(PenstockError, match="not those"):
        judged()


@pytest.mark.parametrize(
    "told",
    [
        {"approval": "00" * 32},
        {"digest": "00" * 32},
        {"approver": "olga"},
        {"right": "identity"},
        {"permit": "x"},
    ],
)
def test_what_the_ledger_tells_otherwise_is_refused(told: dict[str, Json]) -> None:
    with pytest.raises(PenstockError, match="The ledger tells"):
        judged(YES, told=told)


def accepting(*kinds: str) -> object:
    charter = copy.deepcopy(CHARTER)
    charter["files"]["conduits.toml"] = {  # type: ignore[index]
        "conduit": [{"id": "dmz-operations", "proofs": [*kinds]}]
    }
    return charter


@pytest.mark.parametrize(
    ("key", "kinds", "holds"),
    [
        pytest.param(HardKey(), ("sshsig",), True, id="a security key where any will do"),
        pytest.param(HardKey(), ("sshsig-sk",), True, id="a security key where one is asked for"),
        pytest.param(SoftKey(), ("sshsig",), True, id="a key in a file where any will do"),
        pytest.param(SoftKey(), ("sshsig-sk",), False, id="a key in a file where one is asked for"),
        pytest.param(SoftKey(), ("passkey", "totp"), False, id="where none is taken"),
    ],
)
def test_an_ssh_signature_counts_where_the_charter_takes_it(
    key: HardKey | SoftKey,
    kinds: tuple[str, ...],
    holds: bool,
) -> None:
    message = decision(permit(), person="petra", until=STARTS).message()
    yes = approval(SshProof(message, key.sign(message)))
    trust = trust_file(PETRA, signers=[("petra", key.enrolled().key)])
    if holds:
        assert "petra (connect, sshsig)" in judged(yes, charter=accepting(*kinds), trust=trust)[0]
    else:
        with pytest.raises(ProofError, match="does not accept"):
            judged(yes, charter=accepting(*kinds), trust=trust)
    with pytest.raises(ProofError, match="not one that the plant trusted"):
        judged(yes, charter=accepting("sshsig"))


def test_a_passkey_that_may_be_copied_does_not_count_where_one_that_stays_is_asked_for() -> None:
    judged(YES, charter=accepting("passkey-bound"))
    synced = trust_file(PETRA).replace(b"backup_eligible = false", b"backup_eligible = true")
    copied = approval(PETRA.assertion(permit().digest(), flags=0x0D))
    judged(copied, charter=accepting("passkey"), trust=synced)
    with pytest.raises(ProofError, match="can be copied"):
        judged(copied, charter=accepting("passkey-bound"), trust=synced)


def test_a_conduit_that_wants_a_passkey_takes_no_code() -> None:
    stricter = copy.deepcopy(CHARTER)
    stricter["files"]["conduits.toml"] = {  # type: ignore[index]
        "conduit": [{"id": "dmz-operations", "proofs": ["passkey"]}]
    }
    with pytest.raises(PenstockError, match="does not accept"):
        judged(approval(code()), charter=stricter)
    judged(YES, charter=stricter)


def by_two() -> object:
    """The charter with a table that asks two holders while the zone runs."""
    charter = copy.deepcopy(CHARTER)
    charter["files"]["states.toml"] = {  # type: ignore[index]
        "state": [{"state": "running", "view": "allow by 2"}, {"state": "maintenance", "view": "allow"}]
    }
    return charter


def test_where_the_state_asks_for_two_one_approval_is_too_few() -> None:
    """B09: the charter's table of states says how many; leaving one of them out of the case file shows."""
    second = approval(code(), "deniz")
    sentence, _ = judged(YES, second, charter=by_two())
    assert "petra (connect, passkey), deniz (connect, totp)" in sentence
    with pytest.raises(PenstockError, match="Too few approved under the right: connect"):
        judged(YES, charter=by_two())
    judged(YES)


def test_the_same_person_twice_is_not_two() -> None:
    """B09: two approvals of one holder."""
    again = replace(YES, proof=PETRA.assertion(permit().digest(), nonce=bytes([1]) * 32))
    with pytest.raises(PenstockError, match="Too few"):
        judged(YES, again, charter=by_two())


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        pytest.param("07:00", True, id="the window lies inside"),
        pytest.param("08:30", False, id="it begins before"),
        pytest.param("02:59", False, id="it ends after"),
    ],
)
def test_a_window_outside_the_hours_of_its_conduit_is_seen(at: str, *, inside: bool) -> None:
    """B05: approval and schedule, both, and an outsider reckons the schedule anew."""
    charter = copy.deepcopy(CHARTER)
    hours = {"recurs": "FREQ=WEEKLY;BYDAY=MO", "at": at, "for": "9h", "since": "2026-01-05"}
    charter["files"]["conduits.toml"]["conduit"][0]["hours"] = [hours]  # type: ignore[index]
    if inside:
        assert judged(YES, charter=charter)
        return
    with pytest.raises(PenstockError, match="outside the hours"):
        judged(YES, charter=charter)


@pytest.mark.parametrize("in_turn", [pytest.param(True, id="in turn"), pytest.param(False, id="out of turn")])
def test_an_outsider_sees_in_what_order_the_rights_decided(*, in_turn: bool) -> None:
    """B09: data_out decides first here; the ledger tells who did."""
    charter = copy.deepcopy(CHARTER)
    files: Any = charter["files"]
    files["conduits.toml"]["conduit"][0] |= {"in_order": ["data_out", "connect"], "data_out": ["shell"]}
    connect = files["rights.toml"]["right"][0]
    files["rights.toml"]["right"].append(
        {**connect, "right": "data_out", "holder": "olga", "deputy": "deniz"}
    )
    out = replace(approval(code(), "olga"), right=DecisionRight.DATA_OUT)
    if in_turn:
        assert "olga (data_out, totp)" in judged(out, YES, charter=charter)[0]
        return
    with pytest.raises(PenstockError, match="Out of turn, before a right that decides first: petra"):
        judged(YES, out, charter=charter)
