"""What every filter promises, whatever its protocol; a protocol joins by a line in ``samples.SAMPLES``."""

import gc
import pickle
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator
from random import Random
from types import FunctionType, MethodType, ModuleType

import pytest

from broker.conduits.registry import SPOKEN, filter_for, reader_for
from broker.conduits.tcp.filter import Filter
from domain.access import Action
from domain.output import Answer, Cut, Output, ToAsset, ToVendor, Withhold
from domain.plant import Protocol
from tests.broker.conduits.samples import SAMPLES, Samples
from tests.stride import DEEP

FRAMES = 10_000_000 if DEEP else 2_000
"""Fuzzed, of each filter."""

MOST_HELD_BYTES = 256 * 1024
"""What one connection's filter holds on to, at most, with everything that it refers to."""

LONGEST_BLOB = 2048

protocols = pytest.mark.parametrize("protocol", SAMPLES)


def fresh(protocol: Protocol) -> Filter:
    made = filter_for(protocol, frozenset({Action.VIEW}), (), SAMPLES[protocol].end)
    assert made is not None
    return made


def fed(gate: Filter, *, inward: bool, data: bytes) -> Iterable[Output]:
    return gate.from_vendor(data) if inward else gate.from_asset(data)


def joined(outputs: Iterable[Output]) -> list[Output]:
    """With what goes the same way at once as one: that is for each filter to choose."""
    found: list[Output] = []
    for one in outputs:
        last = found[-1] if found else None
        match last, one:
            case ToAsset(before, None), ToAsset(data, None):
                found[-1] = ToAsset(before + data)
            case ToVendor(before), ToVendor(data):
                found[-1] = ToVendor(before + data)
            case _:
                found.append(one)
    return found


def said(protocol: Protocol, cut_into: Callable[[bytes], Iterable[bytes]]) -> list[Output]:
    gate = fresh(protocol)
    return joined(
        one
        for inward, data in SAMPLES[protocol].talk
        for part in cut_into(data)
        for one in fed(gate, inward=inward, data=part)
    )


def test_every_filter_there_is_is_held_to_this() -> None:
    assert set(SAMPLES) == set(SPOKEN)


@protocols
def test_where_the_stream_is_split_makes_no_difference(protocol: Protocol) -> None:
    whole = said(protocol, lambda data: (data,))
    assert {type(one) for one in whole} >= {ToAsset, ToVendor, Answer, Cut}, "the samples hold one of each"
    assert said(protocol, lambda data: (data[at : at + 1] for at in range(len(data)))) == whole
    longest = max(len(data) for _inward, data in SAMPLES[protocol].talk)
    for at in range(1, longest):
        assert said(protocol, lambda data, at=at: (data[:at], data[at:])) == whole
    for size in (2, 3, 5, 7, 64):
        parts = lambda data, size=size: (data[at : at + size] for at in range(0, len(data), size))  # noqa: E731
        assert said(protocol, parts) == whole


@protocols
def test_after_the_end_nothing_passes(protocol: Protocol) -> None:
    gate = fresh(protocol)
    talk = SAMPLES[protocol].talk
    outputs = [one for inward, data in talk for one in fed(gate, inward=inward, data=data)]
    assert isinstance(outputs[-1], Cut)
    assert [one for inward, data in talk for one in fed(gate, inward=inward, data=data)] == []


@protocols
def test_whatever_comes_nothing_crashes_and_only_what_may_reaches_the_device(protocol: Protocol) -> None:
    """C11, C15: 10 million frames of each filter in `make deep`; the memory that a connection holds is bounded."""
    seed = secrets.randbits(32)
    draw, samples, places = Random(seed), SAMPLES[protocol], _places(protocol)
    gate, over, fuzzed, at = fresh(protocol), True, 0, 0
    while fuzzed < FRAMES:
        if over or draw.random() < 0.002:
            at = samples.handshake if draw.random() < 0.7 else draw.randrange(len(places))
            gate = places[at]()
        elif draw.random() < 0.4:
            at = draw.randrange(len(places))
        over = False
        fuzzed += 1
        inward, data = _mutated(samples, at % len(places), draw)
        at += 1
        for part in _parts(data, draw):
            for one in fed(gate, inward=inward, data=part):
                assert not over, f"seed {seed}: {one} after the end"
                match one:
                    case ToAsset(passed, recorded) if recorded is not None:
                        assert not passed or samples.greets(passed), f"seed {seed}: {passed.hex()}"
                    case ToAsset(passed):
                        assert inward, f"seed {seed}"
                        assert samples.may_reach(passed), f"seed {seed}: {passed.hex()} reached the device"
                    case Answer(code, sentence, _) | Cut(code, sentence):
                        assert code.startswith(_prefix(protocol)), f"seed {seed}: {code}"
                        assert sentence.endswith("."), f"seed {seed}: {sentence}"
                        over = isinstance(one, Cut)
                    case Withhold(code, _):
                        assert code.startswith(_prefix(protocol)), f"seed {seed}: {code}"
                    case ToVendor(passed):
                        assert not inward or samples.greets(passed), (
                            f"seed {seed}: to the vendor what the vendor sent"
                        )
        if fuzzed % 500 == 0:
            assert held_bytes(gate) < MOST_HELD_BYTES, f"seed {seed}"


@protocols
def test_whatever_was_recorded_reading_it_again_never_crashes(protocol: Protocol) -> None:
    """C15: the same parsers over what was recorded."""
    seed = secrets.randbits(32)
    draw, samples = Random(seed), SAMPLES[protocol]
    for at in range(FRAMES // 200):
        reader = reader_for(protocol)
        assert reader is not None
        for _ in range(10):
            inward, data = _mutated(samples, draw.randrange(len(samples.talk)), draw)
            told = list(reader.sent(data, at) if inward else reader.answered(data, at))
            assert all(one.sentence and one.function and one.what for one in told), f"seed {seed}"
        list(reader.finish())


def _places(protocol: Protocol) -> tuple[Callable[[], Filter], ...]:
    """The filter before each piece of the talk, put away: to take one out is cheaper than to talk it there again."""
    gate, found = fresh(protocol), []
    for at, (inward, data) in enumerate(SAMPLES[protocol].talk):
        found.append(_put_away(gate, protocol, at))
        tuple(fed(gate, inward=inward, data=data))
    return tuple(found)


def _put_away(gate: Filter, protocol: Protocol, at: int) -> Callable[[], Filter]:
    try:
        kept = pickle.dumps(gate)
    except TypeError:  # it runs a generator
        return lambda: _talked(protocol, at)
    return lambda: pickle.loads(kept)


def _talked(protocol: Protocol, upto: int) -> Filter:
    gate = fresh(protocol)
    for inward, data in SAMPLES[protocol].talk[:upto]:
        tuple(fed(gate, inward=inward, data=data))
    return gate


def _mutated(samples: Samples, at: int, draw: Random) -> tuple[bool, bytes]:
    """The piece ``at`` of the talk, or something like it; mostly with what its link checks it by put right again."""
    inward, data = samples.talk[at]
    how = draw.randrange(8)
    if how == 0:
        return inward, data
    if how == 1:
        return inward, draw.randbytes(draw.randrange(1, 64))
    if how == 2:
        return not inward, data
    if how == 3 and draw.random() < 0.05:
        return inward, draw.randbytes(draw.randrange(LONGEST_BLOB))
    place = draw.randrange(len(data))
    if how == 4:
        put, behind = b"", 1
    elif how == 5:
        put, behind = draw.randbytes(1), 0
    elif how == 6:
        put, behind = draw.choice((b"\0", b"\xff", b"\x7f", b"\x80")), 1
    else:
        put, behind = draw.randbytes(1), 1
    data = data[:place] + put + data[place + behind :]
    return inward, samples.mended(data) if draw.random() < 0.8 else data


def _parts(data: bytes, draw: Random) -> tuple[bytes, ...]:
    if draw.random() < 0.8:
        return (data,)
    at = draw.randrange(len(data) + 1)
    return data[:at], data[at:]


def _prefix(protocol: Protocol) -> str:
    return f"{protocol.replace('-', '_')}_"


def held_bytes(thing: object) -> int:
    """What ``thing`` holds, with all that it refers to but code and types."""
    seen: set[int] = set()
    return sum(map(sys.getsizeof, _reached(thing, seen)))


def _reached(thing: object, seen: set[int]) -> Iterator[object]:
    waiting = [thing]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type | ModuleType | FunctionType | MethodType):
            continue
        seen.add(id(one))
        yield one
        waiting += gc.get_referents(one)
