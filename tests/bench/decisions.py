"""The decision itself, and what a protocol filter adds to a frame: no network, no node."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice

from broker.conduits.registry import SPOKEN, filter_for
from domain.access import Action, Grant
from domain.ids import AssetId, PersonId
from domain.plant import Asset, OperatingState, Protocol
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.charter.documents import read_charter
from policies.charter.lint import lint
from policies.engine import decide, findings
from policies.explain import Audience, rows, sentences
from tests.bench.bench import Bench
from tests.bench.figures import Bound, Figure, Spread, percentile
from tests.broker.conduits.samples import SAMPLES, Samples
from tests.policies.plant import asking, charter, charter_with, facts, wanting
from tests.policies.water import AT, water, water_files

RULES, ASSETS = 200, 300


def deciding(bench: Bench) -> Iterator[Figure]:
    """``decide()`` at the door, on a large charter."""
    plant = large()
    request, given = wanting(), facts(charter=plant)
    rules = tuple(islice(_for_ever(plant.rules), RULES))
    made = decide(request, given, rules)
    assert type(made).__name__ == "Allow", made

    def fresh() -> None:
        # New facts each time: what was looked up for the last decision must not help this one.
        decide(request, replace(given), rules)

    def explained() -> None:
        now = replace(given)
        decision = decide(request, now, rules)
        rows(findings(request, now, rules))
        for audience in Audience:
            sentences(decision, plant, audience)

    for name, call, limit_ms in (
        ("decide()", fresh, 1.0),
        ("decide() with full explanation", explained, 5.0),
    ):
        rounds = [_times_us(call, 200 if bench.quick else 500) for _ in bench.rounds(5, 3)]
        p99 = Spread.of(percentile(times, 0.99) / 1000 for times in rounds)
        p50 = Spread.of(percentile(times, 0.5) / 1000 for times in rounds)
        yield Figure(
            f"{name}, {RULES} rules, {ASSETS} assets, p99",
            "ms",
            p99,
            Bound(limit_ms, of_ratio=False),
            note=f"p50 {p50.text()} ms",
        )


def a_utility(bench: Bench) -> Iterator[Figure]:
    """The example charter of a water utility: reading and checking it, and deciding on it."""
    files = water_files()

    def checked() -> None:
        lint(read_charter(files))

    rounds = [_times_us(checked, 3 if bench.quick else 5) for _ in bench.rounds(3, 2)]
    yield Figure(
        "charter check, 24 zones, 40 conduits, 300 assets, 12 vendors",
        "ms",
        Spread.of(max(times) / 1000 for times in rounds),
        Bound(1000.0, of_ratio=False),
        note="slowest of each round",
    )
    plant = water()
    states = dict.fromkeys(plant.zones, OperatingState.MAINTENANCE)
    given = facts(now=AT, charter=plant, states=states, standings=())
    wish = asking(
        (Grant.of("shell"),), person=PersonId("yara"), asset=AssetId("hoog-rtu-kerkplein"),
        window=TimeWindow(AT, AT + timedelta(hours=2)),
    )  # fmt: skip

    def asked() -> None:
        decide(wish, replace(given), plant.rules)

    rounds = [_times_us(asked, 200 if bench.quick else 500) for _ in bench.rounds(5, 3)]
    yield Figure(
        f"decide() on a wish at the water utility, {len(plant.rules)} rules, p99",
        "ms",
        Spread.of(percentile(times, 0.99) / 1000 for times in rounds),
        Bound(1.0, of_ratio=False),
        note=f"p50 {Spread.of(percentile(times, 0.5) / 1000 for times in rounds).text()} ms",
    )


def filtering(bench: Bench) -> Iterator[Figure]:
    """Every protocol filter there is, on its own protocol's frames: what is permitted, refused and answered."""
    worst = {
        protocol: Spread.of(
            percentile(_per_frame_us(protocol, samples, 200 if bench.quick else 500), 0.99)
            for _ in bench.rounds(5, 3)
        )
        for protocol, samples in SAMPLES.items()
    }
    # A page's request is read twice and written twice by a library of its own: it would hide every other filter.
    pages = worst.pop(Protocol.HTTP)
    slowest, figure = max(worst.items(), key=lambda one: one[1].median)
    yield Figure(
        "protocol filter, per frame, p99",
        "µs",
        figure,
        Bound(100, of_ratio=False),
        note=f"the slowest is {SPOKEN[slowest].name}; "
        + ", ".join(f"{SPOKEN[each].name} {spread.median:.0f}" for each, spread in worst.items()),
    )
    yield Figure("HTTP filter, per request or answer, p99", "µs", pages, Bound(100, of_ratio=False))


def large() -> Charter:
    """The sample charter with three hundred assets."""
    sample = charter()
    like = sample.assets[AssetId("eng-ws-1")]
    more: dict[AssetId, Asset] = dict(sample.assets)
    for number in range(ASSETS - len(more)):
        name = AssetId(f"machine-{number}")
        more[name] = replace(like, id=name)
    return charter_with(assets=more)


def _for_ever(rules: tuple[object, ...]) -> Iterator[object]:
    while True:
        yield from rules


def _per_frame_us(protocol: Protocol, samples: Samples, count: int) -> list[float]:
    """Processor time of each frame of a conversation, but for what ends it; of frames that come at once their mean."""
    times: list[float] = []
    for _ in range(count):
        gate = filter_for(protocol, frozenset({Action.VIEW}), (), samples.end)
        assert gate is not None
        for inward, data in samples.talk[:-1]:
            begun = time.thread_time_ns()
            outputs = tuple(gate.from_vendor(data) if inward else gate.from_asset(data))
            took = (time.thread_time_ns() - begun) / 1e3
            times += [took / max(len(outputs), 1)] * max(len(outputs), 1)
    return times


def _times_us(call: Callable[[], object], count: int) -> list[float]:
    """Processor time of each call: what other processes take from this one is not the decision's."""
    times = []
    for _ in range(count):
        begun = time.thread_time_ns()
        call()
        times.append((time.thread_time_ns() - begun) / 1e3)
    return times
