from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.access import Action, Grant
from domain.ids import AssetId, ConduitId, PermitId, PersonId, SiteId, VendorId
from domain.permit import PermitState
from domain.plant import OperatingState, Outflow, Protocol
from domain.proof import ProofKind
from domain.rights import DecisionRight
from domain.voices import Seat, Voice
from domain.window import TimeWindow
from policies.escalation import BoundaryTimers
from policies.facts import Facts, VerifiedApproval
from policies.rules.permit_valid import PermitValid
from tests.for_each import for_each
from tests.policies.plant import (
    MICRO,
    NOW,
    OPENS,
    PERMIT,
    SECOND,
    SHELL,
    approval,
    asking,
    charter,
    charter_with,
    facts,
    standing,
    wanting,
    word,
)

RULE = PermitValid()
OTHER = PermitId("b" * 26)
HOUR = timedelta(hours=1)
LABELS = {"connect": DecisionRight.CONNECT, "isolate": DecisionRight.INCIDENT_LEAD}


@pytest.mark.parametrize(
    ("state", "with_approval", "without"),
    [
        pytest.param(PermitState.REQUESTED, "require", "require", id="requested"),
        pytest.param(PermitState.APPROVED, "accept", "approval_not_valid", id="approved"),
        pytest.param(PermitState.ACTIVE, "accept", "approval_not_valid", id="active"),
        pytest.param(PermitState.REFUSED, "permit_refused", "permit_refused", id="refused"),
        pytest.param(PermitState.WITHDRAWN, "permit_withdrawn", "permit_withdrawn", id="withdrawn"),
        pytest.param(PermitState.NARROWED, "permit_narrowed", "permit_narrowed", id="narrowed"),
        pytest.param(PermitState.REVOKED, "permit_revoked", "permit_revoked", id="revoked"),
        pytest.param(PermitState.LAPSED, "grant_lapsed", "grant_lapsed", id="lapsed"),
        pytest.param(PermitState.COMPLETED, "permit_completed", "permit_completed", id="completed"),
    ],
)
def test_only_an_approved_or_active_permit_with_its_approvals_opens(
    state: PermitState, with_approval: str, without: str
) -> None:
    # row: B01, # row: B13
    assert word(RULE, wanting(), facts(standings=(standing(state),))) == with_approval
    assert word(RULE, wanting(), facts(standings=(standing(state, ()),))) == without


SPANS = BoundaryTimers(boundary="riverside", decide_within=HOUR, use_within=HOUR)


@pytest.mark.parametrize(
    ("state", "ago", "expected"),
    [
        pytest.param(PermitState.APPROVED, HOUR - SECOND, "accept", id="just in time"),
        pytest.param(PermitState.APPROVED, HOUR, "grant_lapsed", id="B13: approved, and not used in time"),
        pytest.param(PermitState.ACTIVE, HOUR, "accept", id="used once, it lapses no more"),
        pytest.param(PermitState.REQUESTED, HOUR, "grant_lapsed", id="B13: not decided in time"),
    ],
)
def test_what_time_has_ended_opens_nothing_whatever_its_row_says(
    state: PermitState, ago: timedelta, expected: str
) -> None:
    one = standing(state, (approval(at=NOW - ago),))
    one = replace(
        one, permit=replace(one.permit, window=TimeWindow(NOW - ago, NOW + HOUR), requested_at=NOW - ago)
    )
    found = facts(charter=charter_with(timers=(SPANS,)), standings=(one,))
    assert word(RULE, wanting(), found) == expected


def test_every_state_of_a_permit_is_decided_here() -> None:
    for state in PermitState:
        assert word(RULE, wanting(), facts(standings=(standing(state),))) != "abstain"


@for_each(
    ("approvals", "expected"),
    [
        pytest.param((approval(),), "accept", id="the holder, by passkey"),
        pytest.param((approval(approver=PersonId("deniz")),), "accept", id="the deputy"),
        pytest.param((approval(kind=ProofKind.TOTP),), "accept", id="by a code, which this conduit accepts"),
        pytest.param((approval(), approval()), "accept", id="twice"),
        pytest.param(
            (approval(approver=PersonId("olga")),), "approval_not_valid", id="somebody without the right"
        ),
        pytest.param((approval(approver=PersonId("iris")),), "approval_not_valid", id="an auditor"),
        pytest.param((approval(approver=PersonId("milo")),), "approval_not_valid", id="the shift operator"),
        pytest.param((approval(approver=PersonId("ana")),), "approval_not_valid", id="the one who asked"),
        pytest.param(
            (approval(approver=PersonId("ben")),), "approval_not_valid", id="another vendor's person"
        ),
        pytest.param((approval(approver=PersonId("root")),), "approval_not_valid", id="a stranger"),
        pytest.param(
            (approval(right=DecisionRight.IDENTITY),), "approval_not_valid", id="under another right"
        ),
        pytest.param((), "approval_not_valid", id="nobody"),
    ],
)
def test_only_those_who_may_decide_now_count(approvals: tuple[VerifiedApproval, ...], expected: str) -> None:
    # row: B02, # row: B10
    assert word(RULE, wanting(), facts(standings=(standing(approvals=approvals),))) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param([("petra", "connect"), ("ines", "isolate")], "accept", id="one person for each"),
        pytest.param([("petra", "connect"), ("petra", "isolate")], "approval_not_valid", id="one for both"),
        pytest.param([("petra", "connect")], "approval_not_valid", id="one right only"),
        pytest.param([("petra", "connect"), ("ines", "connect")], "approval_not_valid", id="two for one right"),
        pytest.param(
            [("petra", "connect"), ("petra", "isolate"), ("ines", "connect")],
            "accept",
            id="a second who makes room for the first",
        ),
    ],
)  # fmt: skip
def test_abuse_09_one_person_s_signature_relabelled_is_not_a_second_key(
    given: list[tuple[str, str]], expected: str
) -> None:
    both = tuple(map(PersonId, ("petra", "ines")))
    found = facts(standings=(standing(approvals=tuple(
        approval(approver=PersonId(who), right=LABELS[right]) for who, right in given
    )),))  # fmt: skip
    request = wanting()
    able = tuple(Voice(one, one) for one in both)
    seats = tuple(Seat(right, able) for right in LABELS.values())
    matter = replace(found.matter(request), deciders=dict.fromkeys(LABELS.values(), both), seats=seats)
    found._last[:] = [(request, matter)]
    assert word(RULE, request, found) == expected


def changed(conduit: str = "dmz-operations", **changes: Any) -> Facts:
    """The charter in force has another digest and another conduit than the permit was asked under."""
    old = charter().conduits[ConduitId(conduit)]
    conduits = {**charter().conduits, old.id: replace(old, **changes)}
    return facts(charter=charter_with(conduits=conduits, digest=bytes(32)))


def test_abuse_10_a_holder_who_left_since_no_longer_counts() -> None:  # row: B04
    left = replace(charter().holdings[0], window=TimeWindow(OPENS, NOW), deputy=None)
    assert word(RULE, wanting(), facts(charter=charter_with(holdings=(left,)))) == "approval_not_valid"
    assert word(RULE, wanting(), facts(charter=charter_with(holdings=(left,)), now=NOW - MICRO)) == "accept"


def test_a_code_does_not_count_where_the_conduit_wants_a_passkey() -> None:
    given = changed(proofs=frozenset({ProofKind.PASSKEY}))
    by_code = replace(given, standings=(standing(approvals=(approval(kind=ProofKind.TOTP),)),))
    assert word(RULE, wanting(), by_code) == "approval_not_valid"
    assert word(RULE, wanting(), given) == "accept"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "accept", id="a new charter that still allows it"),
        pytest.param(
            {"grants": frozenset({Grant.of("sftp")})}, "charter_changed", id="the grant was taken out"
        ),
        pytest.param(
            {"carries": {Protocol.SSH: frozenset({Action.VIEW})}},
            "charter_changed",
            id="an action was taken out",
        ),
        pytest.param(
            {"states": frozenset({OperatingState.RUNNING})}, "charter_changed", id="a state was taken out"
        ),
        pytest.param(
            {"longest_window": timedelta(hours=4)}, "accept", id="windows were cut to just this one's length"
        ),
        pytest.param(
            {"longest_window": timedelta(hours=4) - MICRO}, "charter_changed", id="windows were cut below it"
        ),
        pytest.param(
            {"vendors": frozenset({VendorId("kestrel")})}, "charter_changed", id="the vendor was taken out"
        ),
    ],
)
def test_a_changed_charter_is_checked_again(changes: dict[str, Any], expected: str) -> None:
    # row: B12, # row: C02
    assert word(RULE, wanting(), changed(**changes)) == expected


@for_each(
    ("changes", "expected"),
    [
        pytest.param({"grants": frozenset({SHELL, Grant.of("forward:1")})}, "permit_beyond_conduit", id="a port that is not there"),
        pytest.param({"actions": frozenset(Action)}, "permit_beyond_conduit", id="an action the conduit lacks"),
        pytest.param({"states": frozenset(OperatingState)}, "permit_beyond_conduit", id="a state the conduit lacks"),
        pytest.param({"window": TimeWindow(OPENS, OPENS + timedelta(hours=9))}, "permit_beyond_conduit", id="a window too long"),
        pytest.param({"conduit": ConduitId("dmz-pumping")}, "permit_beyond_conduit", id="a conduit that leads elsewhere"),
        pytest.param({"vendor": VendorId("kestrel")}, "permit_not_yours", id="another vendor"),
        pytest.param({"site": SiteId("hilltop")}, "permit_not_yours", id="another site"),
        pytest.param({"person": PersonId("ben")}, "no_permit", id="another person"),
        pytest.param({"asset": AssetId("plc-07")}, "no_permit", id="another asset"),
        pytest.param({"grants": frozenset({Grant.of("sftp")})}, "passage_not_in_permit", id="another passage"),
        pytest.param({"actions": frozenset({Action.VIEW})}, "action_not_in_permit", id="fewer actions"),
        pytest.param({"grants": frozenset({SHELL, Grant.of("sftp")})}, "accept", id="more passages than wanted"),
    ],
)  # fmt: skip
def test_a_permit_opens_exactly_what_it_says(changes: dict[str, Any], expected: str) -> None:
    # row: B01, # row: B12
    assert word(RULE, wanting(), facts(standings=(standing(**changes),))) == expected


def test_a_revocation_at_the_watchdog_counts_whatever_the_database_says() -> None:
    assert word(RULE, wanting(), facts(revoked=frozenset({PERMIT}))) == "permit_revoked"
    assert word(RULE, wanting(), facts(revoked=frozenset({OTHER}))) == "accept"


def test_a_pinned_permit_of_somebody_else_looks_like_one_that_does_not_exist() -> None:
    bens = standing(id=OTHER, person=PersonId("ben"))
    given = facts(standings=(standing(), bens))
    there = RULE.judge(wanting(permit=OTHER), given)
    nowhere = RULE.judge(wanting(permit=PermitId("c" * 26)), given)
    assert there == nowhere
    assert there.code == "no_permit"


def test_any_forward_in_a_permit_means_the_assets_own_ports() -> None:
    given = facts(
        standings=(
            standing(
                asset=AssetId("hmi-1"),
                person=PersonId("ben"),
                vendor=VendorId("kestrel"),
                grants=frozenset({Grant.of("forward")}),
            ),
        )
    )
    ben = {"person": PersonId("ben"), "asset": AssetId("hmi-1")}
    assert word(RULE, wanting((Grant.of("forward:8081"),), **ben), given) == "accept"
    assert word(RULE, wanting((Grant.of("forward:22"),), **ben), given) == "passage_not_in_permit"


def test_while_asking_and_for_unknown_assets_there_is_nothing_to_say() -> None:
    assert word(RULE, asking(), facts()) == "abstain"
    assert word(RULE, wanting(asset=AssetId("nothing")), facts()) == "abstain"
    assert word(RULE, wanting(person=PersonId("petra")), facts()) == "abstain"


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        pytest.param(DecisionRight.DATA_OUT, "accept", id="each in their turn"),
        pytest.param(DecisionRight.CONNECT, "approval_not_valid", id="the later step signed first"),
    ],
)
def test_where_rights_decide_one_after_another_their_order_counts_at_the_door(
    first: DecisionRight, expected: str
) -> None:
    """B09: charter says data_out, then connect; the approvals' own times say who came first."""
    way = charter().conduits[ConduitId("dmz-operations")]
    order = (DecisionRight.DATA_OUT, DecisionRight.CONNECT)
    ordered = replace(way, in_order=order, data_out=frozenset({Outflow.SHELL}))
    given = charter_with(conduits={**charter().conduits, way.id: ordered})
    yes = [
        approval(right=DecisionRight.CONNECT, at=NOW - 2 * HOUR),
        approval(right=DecisionRight.DATA_OUT, approver=PersonId("olga"), at=NOW - HOUR),
    ]
    if first is DecisionRight.DATA_OUT:
        yes = [replace(yes[0], at=yes[1].at), replace(yes[1], at=yes[0].at)]
    assert (
        word(RULE, wanting(), facts(charter=given, standings=(standing(approvals=tuple(yes)),))) == expected
    )
