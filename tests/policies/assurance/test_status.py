"""The algorithm of REQUIREMENTS section 3.1 against one that is written to be slow and plain, and its edges."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.window import TimeWindow
from policies.assurance.baseline import Control, Facet, Scope
from policies.assurance.evidence import Deviation, Evidence, Item, Session, Span, Trigger
from policies.assurance.periods import period
from policies.assurance.status import Asked, Gap, State, Status, Why, status
from tests.for_each import for_each
from tests.policies.assurance.test_baseline import shipped

AT = datetime(2026, 6, 1, 8, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
WINDOW = TimeWindow(AT - 90 * DAY, AT)
ASKED = Asked(AT, WINDOW, {})
ALL = Span()
NAMES = itertools.count()


def item(kind: str, collected: datetime = AT - DAY, **more: object) -> Item:
    given = {"subject": str(more.get("session") or "node"), **more}
    return Item(
        id=f"{kind}:{next(NAMES)}",
        kind=kind,
        controls=shipped().serves(kind),
        source="leaf 1",
        collector="test",
        collected=collected,
        digest="0" * 64,
        leaf=1,
        **given,  # type: ignore[arg-type]
    )


def session(name: str = "s", **more: object) -> Session:
    return Session(name, "cell", "acme", AT - DAY, **more)  # type: ignore[arg-type]


def enough(control: Control, name: str = "s") -> tuple[Item, ...]:
    """The least that satisfies ``control``."""
    kinds = [*control.all_of, *[kind for kind in control.any_of if kind != "EV-EXC"][:1]]
    found = []
    for kind in kinds:
        persons = frozenset(f"p{number}" for number in range(control.min_count.get(kind, 1)))
        own = {"session": name} if control.refresh is None else {}
        found.append(item(kind, persons=persons, zone="cell", vendor="acme", **own))
    return tuple(found)


def sessions(control: Control) -> tuple[Session, ...]:
    return (session(facets=frozenset({control.applies} if control.applies else ())),)


def slow(control: Control, evidence: Evidence, span: Span, asked: Asked) -> State:
    """What section 3.1 says, sentence by sentence, and no faster than that."""

    def inside(zone: str, vendor: str) -> bool:
        if span.zone and zone and zone != span.zone:
            return False
        return not (span.vendor and vendor and vendor != span.vendor)

    def current(one: Item) -> bool:
        if not one.verified:
            return False
        if control.refresh is not None:
            if control.refresh.after(one.collected) <= asked.at:
                return False
            tight = asked.tightened.get(control.id)
            if tight is not None and tight.after(one.collected) <= asked.at:
                return False
            if one.until is not None and one.until <= asked.at:
                return False
        for hit in evidence.triggers:
            if hit.name not in control.triggers and hit.name not in one.triggers:
                continue
            if hit.at > asked.at or one.collected >= hit.at:
                continue
            if hit.session and hit.session != one.session:
                continue
            if hit.zone and one.zone and hit.zone != one.zone:
                continue
            if hit.vendor and one.vendor and hit.vendor != one.vendor:
                continue
            return False
        return True

    def replaced(one: Item, pool: list[Item]) -> bool:
        for index, other in enumerate(pool):
            about, mine = (each.zone if each.session else each.subject for each in (other, one))
            same = other.kind == one.kind and about == mine
            if not same or other is one:
                continue
            if other.collected > one.collected:
                return True
            if other.collected == one.collected and index > pool.index(one):
                return True
        return False

    def complete(pool: list[Item]) -> bool:
        for kind in control.all_of:
            mine = [one for one in pool if one.kind == kind]
            if not mine or not all(current(one) for one in mine):
                return False
            if len({name for one in mine for name in one.persons}) < control.min_count.get(kind, 0):
                return False
        if not control.any_of:
            return True
        for kind in control.any_of:
            mine = [one for one in pool if one.kind == kind]
            if kind != "EV-EXC" and mine and all(current(one) for one in mine):
                return True
        return False

    pool = [one for one in evidence.items if one.collected <= asked.at and inside(one.zone, one.vendor)]
    excepted = [
        one
        for one in evidence.deviations
        if control.id in one.controls
        and one.start <= asked.at < one.until
        and (not span.zone or one.zones is None or span.zone in one.zones)
        and (not span.vendor or one.vendor in ("", span.vendor))
    ]
    if control.refresh is None:
        asked_of = [
            one
            for one in evidence.sessions
            if inside(one.zone, one.vendor)
            and asked.window.start <= one.ended < asked.window.end
            and (control.applies is None or control.applies in one.facets)
        ]
        if excepted:
            return State.NOT_SATISFIED
        if not asked_of:
            return State.NOT_APPLICABLE
        whole = all(complete([one for one in pool if one.session == each.id]) for each in asked_of)
        return State.SATISFIED if whole else State.NOT_SATISFIED
    if excepted:
        return State.NOT_SATISFIED
    fresh = [one for one in pool if one.kind in control.kinds]
    newest = [one for one in fresh if not replaced(one, fresh)]
    return State.SATISFIED if complete(newest) else State.NOT_SATISFIED


def evidence_of(seed: int) -> Evidence:
    """A plant's worth of evidence: mostly whole, with something wrong here and there."""
    draw = random.Random(seed)
    zones, vendors = ["cell", "yard"], ["acme", "bolt"]
    names = [f"s{number}" for number in range(draw.randrange(4))]
    facets = [frozenset(draw.sample(list(Facet), draw.randrange(4))) for _ in names]
    held = tuple(
        Session(name, draw.choice(zones), draw.choice(vendors), AT - draw.randrange(-2, 95) * DAY, facet)
        for name, facet in zip(names, facets, strict=True)
    )
    items = []
    for kind in shipped().kinds.values():
        about = held if kind.scope is Scope.SESSION else [None] * draw.choice([0, 1, 1, 1, 2])
        for each in about:
            for _ in range(draw.choice([0, 1, 1, 1, 1, 2])):
                more: dict[str, object] = {
                    "collected": AT - timedelta(hours=draw.choice([-1, 0, 5, 24 * 20, 24 * 80, 24 * 200])),
                    "verified": draw.random() > 0.03,
                    "persons": frozenset(draw.sample(["p", "q", "r"], draw.choice([1, 2]))),
                }
                if each is None:
                    more |= {
                        "subject": draw.choice(["node", "cell", "yard"]),
                        "zone": draw.choice(["", "", *zones]),
                    }
                    more |= {"until": draw.choice([None, None, None, AT, AT + DAY])}
                    more |= {"triggers": draw.choice([frozenset(), frozenset({"own"})])}
                else:
                    more |= {"session": each.id, "zone": each.zone, "vendor": each.vendor}
                items.append(item(kind.id, **more))  # type: ignore[arg-type]
    triggers = tuple(
        Trigger(
            draw.choice(["own", "config_changed", "holder_changed", "model_changed", "other"]),
            AT - draw.randrange(-1, 60) * DAY,
            draw.choice(["", *zones]),
            draw.choice(["", *vendors]),
            draw.choice(["", *names]),
        )
        for _ in range(draw.randrange(3))
    )
    deviations = tuple(
        Deviation(
            "ex",
            frozenset(draw.sample(list(shipped().controls), 3)),
            AT - draw.randrange(-1, 3) * DAY,
            AT + draw.randrange(0, 3) * DAY + SECOND,
            "olga",
            "reason",
            "instead",
            draw.choice([None, frozenset({"cell"})]),
            draw.choice(["", *vendors]),
        )
        for _ in range(draw.choice([0, 0, 1]))
    )
    return Evidence(tuple(items), held, triggers, deviations)


def cases() -> Iterator[tuple[Control, Evidence, Span, Asked]]:
    draw = random.Random(7)
    for seed in range(200):
        evidence = evidence_of(seed)
        span = Span(draw.choice(["", "cell", "yard"]), draw.choice(["", "acme"]))
        tightened = draw.choice([{}, {"BC-01": period("P10D"), "BC-36": period("PT4H")}])
        for control in shipped().controls.values():
            yield control, evidence, span, Asked(AT, WINDOW, tightened)


def test_two_hundred_random_sets_of_evidence_come_out_as_a_slow_reading_of_the_rules_has_it() -> None:
    """G02, S-16: 200 sets, forty controls each, and every state comes up often."""
    seen = dict.fromkeys(State, 0)
    for control, evidence, span, asked in cases():
        found = status(control, evidence, span, asked)
        assert found.state is slow(control, evidence, span, asked), (control.id, span, found.gaps)
        assert (found.state is State.SATISFIED) <= (not found.gaps)
        seen[found.state] += 1
    assert all(times > 200 for times in seen.values()), seen


@for_each("name", list(shipped().controls))
def test_taking_each_item_away_changes_the_control_that_rests_on_it(name: str) -> None:
    control = shipped().controls[name]
    if set(control.any_of) == {"EV-DEV", "EV-EXC"}:
        assert name == "BC-08"
    whole = Evidence(enough(control), sessions(control))
    assert status(control, whole, ALL, ASKED).state is State.SATISFIED
    for one in whole.items:
        rest = replace(whole, items=tuple(other for other in whole.items if other is not one))
        (gap, *_) = status(control, rest, ALL, ASKED).gaps
        assert gap.why is Why.MISSING


def test_taking_one_item_away_changes_exactly_the_controls_that_depend_on_it() -> None:
    """G02: with everything there, each kind in turn."""
    held = (session(facets=frozenset(Facet)),)
    every = []
    for kind in shipped().kinds.values():
        own = {"session": "s"} if kind.scope is Scope.SESSION else {}
        every.append(item(kind.id, persons=frozenset({"p", "q"}), **own))
    for lacking in every:
        rest = Evidence(tuple(one for one in every if one is not lacking), held)
        changed = {
            one.id
            for one in shipped().controls.values()
            if status(one, rest, ALL, ASKED).state is not State.SATISFIED
        }
        depend = {
            one.id
            for one in shipped().controls.values()
            if lacking.kind in one.all_of
            or (lacking.kind in one.any_of and not set(one.any_of) - {lacking.kind, "EV-EXC"})
        }
        assert changed == depend, lacking.kind


def boundary(control: Control, collected: datetime, at: datetime, **more: object) -> Status:
    given = tuple(replace(one, collected=collected, **more) for one in enough(control))  # type: ignore[arg-type]
    return status(control, Evidence(given), ALL, Asked(at, TimeWindow(at - 90 * DAY, at), {}))


@for_each("name", [one.id for one in shipped().controls.values() if one.refresh is not None])
def test_the_clock_over_every_boundary_by_a_second(name: str) -> None:
    """G02: at its end evidence is stale; a second before it is not."""
    control = shipped().controls[name]
    assert control.refresh is not None
    end = control.refresh.after(AT)
    assert boundary(control, AT, end - SECOND).state is State.SATISFIED
    for at in (end, end + SECOND):
        found = boundary(control, AT, at)
        assert (found.state, found.stale) == (State.NOT_SATISFIED, True)
        assert {one.since for one in found.gaps} == {end}


def test_what_ends_by_itself_ends_there_to_the_second() -> None:
    control = shipped().controls["BC-28"]
    for late, state in (
        (-SECOND, State.SATISFIED),
        (0 * SECOND, State.NOT_SATISFIED),
        (SECOND, State.NOT_SATISFIED),
    ):
        assert boundary(control, AT, AT + DAY + late, until=AT + DAY).state is state


def test_a_trigger_makes_it_stale_at_once_and_collecting_anew_mends_it() -> None:
    """G02, S-16: zone_model_changed flips it, whatever the age."""
    control = shipped().controls["BC-01"]
    given = Evidence(enough(control), triggers=(Trigger("zone_model_changed", AT - SECOND),))
    found = status(control, given, ALL, ASKED)
    assert found.stale
    assert {(one.why, one.detail) for one in found.gaps} == {(Why.TRIGGERED, "zone_model_changed")}
    again = replace(given, items=(*given.items, *(replace(one, collected=AT) for one in given.items)))
    assert status(control, again, ALL, ASKED).state is State.SATISFIED
    elsewhere = replace(given, triggers=(Trigger("zone_model_changed", AT - SECOND, zone="yard"),))
    assert status(control, elsewhere, ALL, ASKED).state is State.SATISFIED
    later = replace(given, triggers=(Trigger("zone_model_changed", AT + SECOND),))
    assert status(control, later, ALL, ASKED).state is State.SATISFIED


def test_one_session_without_its_evidence_is_enough_and_none_at_all_is_not_applicable() -> None:
    control = shipped().controls["BC-06"]
    assert status(control, Evidence(), ALL, ASKED).state is State.NOT_APPLICABLE
    both = Evidence(enough(control, "s"), (session("s"), session("t")))
    found = status(control, both, ALL, ASKED)
    assert (found.state, found.sessions, found.failed) == (State.NOT_SATISFIED, 2, 1)
    assert found.gaps == (Gap(Why.MISSING, "EV-ATN", "t"),)
    over = replace(both, sessions=(session("s"), replace(session("t"), ended=WINDOW.start - SECOND)))
    assert status(control, over, ALL, ASKED).state is State.SATISFIED


def test_two_approvals_by_one_person_are_one() -> None:
    control = shipped().controls["BC-03"]
    given = enough(control)
    alone = tuple(replace(one, persons=frozenset({"p"})) if one.kind == "EV-APR" else one for one in given)
    (gap,) = status(control, Evidence(alone, sessions(control)), ALL, ASKED).gaps
    assert (gap.why, gap.detail) == (Why.TOO_FEW, "1 of 2")


def test_an_exception_in_date_never_turns_a_control_green() -> None:
    """G05: not satisfied, with the risk accepted; over to the second; and no evidence of anything else."""
    control = shipped().controls["BC-08"]
    only = Evidence((item("EV-EXC", session="s"),), (session(),))
    assert status(control, only, ALL, ASKED).state is State.NOT_SATISFIED
    ex = Deviation("ex", frozenset({"BC-08"}), AT - DAY, AT + SECOND, "o", "r", "c")
    whole = Evidence(enough(control), (session(),), (), (ex,))
    found = status(control, whole, ALL, ASKED)
    assert (found.state, found.accepted) == (State.NOT_SATISFIED, (ex,))
    over = replace(whole, deviations=(replace(ex, until=AT),))
    assert status(control, over, ALL, ASKED).state is State.SATISFIED


def test_a_lens_shortens_and_never_lengthens() -> None:
    """S-21: the earlier end counts, whatever a lens says."""
    control = shipped().controls["BC-36"]
    week = Evidence(enough(control))
    for every, state in (("PT12H", State.NOT_SATISFIED), ("P2D", State.SATISFIED)):
        assert status(control, week, ALL, replace(ASKED, tightened={"BC-36": period(every)})).state is state
    late = replace(ASKED, at=AT + 7 * DAY, tightened={"BC-36": period("P1Y")})
    assert status(control, week, ALL, late).state is State.NOT_SATISFIED


def test_evidence_that_does_not_verify_is_none_but_an_older_one_is_behind_it() -> None:
    control = shipped().controls["BC-36"]
    (good,) = enough(control)
    bad = replace(good, id="bad", verified=False, collected=AT, note="the leaf does not open")
    (gap,) = status(control, Evidence((good, bad)), ALL, ASKED).gaps
    assert (gap.why, gap.item, gap.detail) == (Why.UNVERIFIED, "bad", "the leaf does not open")
    assert status(control, Evidence((bad, replace(good, collected=AT))), ALL, ASKED).state is State.SATISFIED
