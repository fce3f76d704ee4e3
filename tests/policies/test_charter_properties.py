"""What holds of every charter, not of the sample alone: random holders, quorums, delegations, approvals."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from hypothesis import given
from hypothesis import strategies as st

from domain.access import AccessRequest, Action, Allow, Deny, Grant
from domain.attestation import Statement, of_delegation
from domain.delegation import Delegation
from domain.ids import ConduitId, PersonId, RuleId
from domain.plant import OperatingState, Outflow
from domain.proof import ProofKind, counts
from domain.rights import DecisionRight, Holding, Side
from domain.voices import unfilled
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.engine import decide
from policies.facts import Facts, VerifiedApproval
from policies.matter import covers
from policies.rule import Refuse, Verdict
from tests.policies.plant import NOW, asking, charter, charter_with, facts, permit, standing, wanting

WAY = ConduitId("dmz-operations")
PLANT = sorted(one.id for one in charter().people.values() if one.vendor is None)
EVERYBODY = sorted(charter().people)
DAY = timedelta(days=1)
BOUNDARIES = ("dmz-operations", "operations", "riverside", "riverside-water", "pumping")
RIGHTS = (DecisionRight.CONNECT, DecisionRight.DATA_OUT)
GRANTS = tuple(Grant.of(one) for one in ("shell", "exec", "sftp", "scp", "forward"))

PEOPLE = st.sampled_from([*PLANT, *PLANT, *EVERYBODY])
SPANS = st.sampled_from(
    [TimeWindow(NOW - DAY, NOW + DAY), TimeWindow(NOW - 2 * DAY, NOW - DAY), TimeWindow(NOW, NOW + DAY)]
)
NOW_OPEN = TimeWindow(NOW - DAY, NOW + DAY)
SAID_AT = NOW - timedelta(minutes=5)
HOLDINGS = st.builds(
    Holding,
    right=st.sampled_from(RIGHTS),
    boundary=st.sampled_from(BOUNDARIES),
    holder=PEOPLE,
    deputy=PEOPLE | st.none(),
    basis=st.just("PI-07"),
    window=SPANS,
    others=st.lists(PEOPLE, max_size=2).map(tuple),
    quorum=st.integers(1, 2),
    side=st.sampled_from([None, Side.OT, Side.IT]),
)
DELEGATIONS = st.builds(
    Delegation,
    right=st.sampled_from(RIGHTS),
    boundary=st.sampled_from(BOUNDARIES),
    by=PEOPLE,
    to=PEOPLE,
    actions=st.frozensets(st.sampled_from(list(Action)), min_size=1),
    states=st.just(frozenset(OperatingState)),
    window=SPANS,
    approved=st.just(NOW - 2 * DAY),
)
OUT = st.frozensets(st.sampled_from([Outflow.SHELL, Outflow.SFTP]))


@st.composite
def plants(draw: st.DrawFn) -> "Plant":
    """The sample's plant under other people's rights, and the yes of some who may and some who may not."""
    given = draw(st.lists(DELEGATIONS, max_size=3))
    signed = [one for one in given if draw(st.integers(0, 3))]
    held = draw(st.lists(HOLDINGS, max_size=4))
    held += [
        replace(draw(HOLDINGS), right=right, boundary="riverside", window=NOW_OPEN)
        for right in RIGHTS
        if draw(st.integers(0, 5))
    ]
    said = [(one.right, person) for one in held for person in (*one.holders, one.deputy or one.holder)]
    said += [(one.right, one.to) for one in given]
    said.append((draw(st.sampled_from(RIGHTS)), draw(PEOPLE)))
    chosen = draw(st.lists(st.sampled_from(said), max_size=6))
    yes = [
        VerifiedApproval(right, person, draw(st.sampled_from(ProofKind)), SAID_AT) for right, person in chosen
    ]
    return Plant(tuple(held), tuple(given), tuple(signed), draw(OUT), tuple(yes))


@dataclass(frozen=True)
class Plant:
    """What is drawn, and little enough to be read when it fails."""

    held: tuple[Holding, ...]
    given: tuple[Delegation, ...]
    signed: tuple[Delegation, ...]
    out: frozenset[Outflow]
    approvals: tuple[VerifiedApproval, ...]

    @property
    def charter(self) -> Charter:
        """The sample under these rights."""
        said = tuple(Statement(of_delegation(one), one.by, one.approved, bytes(16)) for one in self.signed)
        way = replace(charter().conduits[WAY], data_out=self.out)
        return charter_with(
            holdings=self.held,
            delegations=self.given,
            statements=said,
            conduits={**charter().conduits, WAY: way},
        )


def facing(given: Charter, approvals: tuple[VerifiedApproval, ...]) -> Facts:
    return facts(charter=given, standings=(standing(approvals=approvals),))


def opens(
    given: Charter, approvals: tuple[VerifiedApproval, ...], request: AccessRequest | None = None
) -> bool:
    return isinstance(decide(request or wanting(), facing(given, approvals), given.rules), Allow)


def leaves(given: Charter, person: PersonId) -> Charter:
    """The same charter once ``person`` holds nothing any more: their entries end, their places are empty."""
    kept = []
    for one in given.register:
        staying = tuple(each for each in one.holders if each != person)
        deputy = None if one.deputy == person else one.deputy
        if staying:
            kept.append(replace(one, holder=staying[0], others=staying[1:], deputy=deputy))
        elif one.window.start < NOW:
            kept.append(replace(one, window=TimeWindow(one.window.start, min(NOW, one.window.end))))
        else:
            kept.append(replace(one, window=TimeWindow(NOW + DAY, NOW + 2 * DAY)))
    return replace(given, holdings=tuple(kept), delegations=given.given)


@given(plants(), st.sampled_from(PLANT))
def test_whoever_leaves_nothing_opens_by_it(plant: Plant, person: PersonId) -> None:
    """B04, S-03: removing any one holder never opens anything, and voids what they alone had said."""
    given, approvals = plant.charter, plant.approvals
    after = leaves(given, person)
    assert not opens(after, approvals) or opens(given, approvals)
    alone = {one.approver for one in approvals} == {person}
    assert not (alone and opens(after, approvals))


@given(plants(), st.integers(0, 5))
def test_one_yes_less_never_opens_anything(plant: Plant, at: int) -> None:
    """B09: of each that is counted, none is idle decoration."""
    given, approvals = plant.charter, plant.approvals
    fewer = approvals[:at] + approvals[at + 1 :]
    assert not opens(given, fewer) or opens(given, approvals) or _forbidden(approvals)


def _forbidden(approvals: tuple[VerifiedApproval, ...]) -> bool:
    """Whether somebody signed who never may: one such signature shuts the permit for good."""
    return any(charter().people[one.approver].vendor is not None for one in approvals)


@given(
    plants(),
    st.frozensets(st.sampled_from(GRANTS), min_size=1),
    st.lists(st.sampled_from(GRANTS), min_size=1, max_size=2),
    st.frozensets(st.sampled_from(list(Action)), min_size=1),
    st.frozensets(st.sampled_from(list(Action)), min_size=1),
)
def test_what_is_granted_lies_within_request_conduit_and_right(
    plant: Plant,
    granted: frozenset[Grant],
    wanted: list[Grant],
    allowed: frozenset[Action],
    done: frozenset[Action],
) -> None:
    """B12: and within what those who hold the right have signed."""
    given, approvals = plant.charter, plant.approvals
    stands = standing(approvals=approvals, grants=granted, actions=allowed)
    found = facts(charter=given, standings=(stands,))
    request = wanting(tuple(wanted), actions=done)
    decision = decide(request, found, given.rules)
    if not isinstance(decision, Allow):
        return
    conduit, asset = given.conduits[WAY], given.assets[permit().asset]
    assert all(covers(granted, one, asset) and covers(conduit.grants, one, asset) for one in wanted)
    assert done <= allowed <= conduit.actions
    assert decision.until <= stands.permit.window.end
    counted = [(one.right, one.approver) for one in approvals if counts(one.kind, conduit.proofs)]
    assert not unfilled(found.matter(request).seats, counted)
    assert all(given.people[person].vendor is None for _, person in counted)


@dataclass(frozen=True)
class Never:
    """A rule that a plant could add."""

    id: ClassVar[RuleId] = RuleId("never/1")
    when: Callable[[AccessRequest], bool]

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        return (
            Refuse("never", "Never.", "Nothing.")
            if self.when(request)
            else Refuse("not_now", "Not now.", "-")
        )


@given(plants(), st.booleans(), st.booleans())
def test_a_rule_more_that_refuses_never_opens_anything(plant: Plant, asks: bool, at: bool) -> None:
    """B01: wherever it stands among the others."""
    given, approvals = plant.charter, plant.approvals
    request = asking() if asks else wanting()
    rule = Never(lambda _request: at)
    rules = (rule, *given.rules) if at else (*given.rules, rule)
    assert isinstance(decide(request, facing(given, approvals), rules), Deny)


@given(plants(), st.randoms(use_true_random=False))
def test_the_order_of_holders_delegations_and_answers_changes_nothing(plant: Plant, shuffle: object) -> None:
    """B09: AND across rights, k of n within one, whoever was first."""
    given, approvals = plant.charter, plant.approvals
    turned = list(approvals)
    shuffle.shuffle(turned)  # type: ignore[attr-defined]
    assert opens(given, tuple(turned)) == opens(given, approvals)
