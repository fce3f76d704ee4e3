"""Which rights a permit needs, whose yes counts under each, and whether those who said yes are enough.

The only place that answers these questions: the console asks it when a decision is filed, the gate
when a session opens, the verifier years later. No order of the answers changes anything.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.access import Flow, Grant
from domain.delegation import Delegation, Stake
from domain.ids import PersonId
from domain.plant import Outflow
from domain.rights import DecisionRight, Holding, Side


@dataclass(frozen=True, slots=True, order=True)
class Voice:
    """A person who may decide, and on whose authority: their own, or that of who delegated to them."""

    person: PersonId
    principal: PersonId

    @property
    def both(self) -> frozenset[PersonId]:
        """Whom this voice uses up: neither may speak a second time for the same permit."""
        return frozenset({self.person, self.principal})


@dataclass(frozen=True, slots=True)
class Seat:
    """One yes that a permit needs. A right of quorum three has three seats, with the same voices."""

    right: DecisionRight
    voices: tuple[Voice, ...]


def voices(
    holding: Holding | None,
    stake: Stake,
    at: datetime,
    *,
    requester: PersonId,
    sides: Mapping[PersonId, Side | None],
    delegations: Iterable[Delegation] = (),
) -> tuple[Voice, ...]:
    """Who may decide on ``stake`` under ``holding`` at ``at``: holders, the deputy, then delegates.

    ``sides`` are the plant's own people, and which side each is of; who is not there decides nothing.
    Nobody decides on their own request, by themselves or through a delegate.
    """
    if holding is None or not holding.window.contains(at):
        return ()
    named = [Voice(person, person) for person in holding.holders]
    if holding.deputy is not None:
        named.append(Voice(holding.deputy, holding.deputy))
    named += [
        Voice(one.to, one.by)
        for one in delegations
        if (one.right, one.boundary) == (holding.right, holding.boundary)
        and one.given_by(holding.holders)
        and one.covers(stake, at)
    ]
    seat = holding.seat
    return tuple(
        dict.fromkeys(
            one
            for one in named
            if requester not in one.both and one.both <= sides.keys() and seat in {None, sides[one.person]}
        )
    )


def arbiter_voice(
    holding: Holding, at: datetime, *, requester: PersonId, sides: Mapping[PersonId, Side | None]
) -> Voice | None:
    """The arbiter's voice under ``holding`` in a dispute, and only there; None where nobody could settle one.

    An OT seat is settled by OT: the charter's reader says so first, and this again at every door. The no of the
    second key of a safety zone is final.
    """
    person = holding.arbiter
    if holding.right is DecisionRight.SAFETY:
        return None
    if person is None or person == requester or person not in sides or not holding.window.contains(at):
        return None
    if person in {*holding.holders, holding.deputy} or holding.seat not in {None, sides[person]}:
        return None
    return Voice(person, person)


def with_arbiter(wanted: Sequence[Seat], right: DecisionRight, voice: Voice | None) -> tuple[Seat, ...]:
    """The seats, with ``voice`` able to fill one of ``right`` too."""
    if voice is None:
        return tuple(wanted)
    return tuple(Seat(one.right, (*one.voices, voice)) if one.right is right else one for one in wanted)


def rights_needed(
    *, safety: bool, data_out: Collection[Outflow], grants: Collection[Grant]
) -> frozenset[DecisionRight]:
    """The rights whose holders must all have said yes to a permit for ``grants``.

    ``connect`` always; ``safety`` where the way touches a safety zone (B17); ``data_out`` where the
    conduit says that something asked for lets data leave (J02): files that only go in take none out.
    """
    needed = {DecisionRight.CONNECT}
    if safety:
        needed.add(DecisionRight.SAFETY)
    if {str(one.kind) for one in grants if one.flow is not Flow.PUT} & {str(one) for one in data_out}:
        needed.add(DecisionRight.DATA_OUT)
    return frozenset(needed)


def seats(
    holding: Holding | None, right: DecisionRight, able: tuple[Voice, ...], least: int = 1
) -> tuple[Seat, ...]:
    """The seats of ``right``: its quorum, or ``least`` where that is more; in a void nobody can fill them."""
    return (Seat(right, able),) * max(1 if holding is None else holding.quorum, least, 1)


def unfilled(
    wanted: Sequence[Seat], given: Collection[tuple[DecisionRight, PersonId]]
) -> tuple[DecisionRight, ...]:
    """The rights of the seats that ``given`` leaves empty, filling as many as can be; none is enough.

    Nobody fills two seats, and neither do somebody and who delegated to them: a signature covers the
    permit and not the right, so that an edited row could count one person's yes under every right.
    """
    said = frozenset(given)
    if _filled_in_turn(wanted, said):
        return ()
    rows: dict[DecisionRight, list[Seat]] = {}
    for seat in wanted:
        rows.setdefault(seat.right, []).append(seat)
    blocks = [
        (right, len(rows[right]), [one for one in rows[right][0].voices if (right, one.person) in said])
        for right in sorted(rows)
    ]
    best = max(_fillings(blocks, frozenset()), key=sum, default=())
    short = {right: number - filled for (right, number, _), filled in zip(blocks, best, strict=True)}
    return tuple(right for right, missing in short.items() for _ in range(missing))


def waits_for(
    wanted: Sequence[Seat],
    order: Sequence[DecisionRight],
    right: DecisionRight,
    given: Collection[tuple[DecisionRight, PersonId]],
) -> DecisionRight | None:
    """The right that must have decided before it is the turn of ``right``; None where it may decide now."""
    if right not in order:
        return None
    short = frozenset(unfilled(wanted, given))
    return next((one for one in order[: order.index(right)] if one in short), None)


def in_turn(
    wanted: Sequence[Seat],
    order: Sequence[DecisionRight],
    given: Iterable[tuple[DecisionRight, PersonId]],
    before: Iterable[tuple[DecisionRight, PersonId]] = (),
) -> tuple[tuple[DecisionRight, PersonId], ...]:
    """Those of ``given``, in the order in which they were said, that were not said before their turn.

    ``before`` are what was agreed to ahead of them all. Both together, without what came too early.
    """
    kept = list(before)
    for right, person in given:
        if waits_for(wanted, order, right, kept) is None:
            kept.append((right, person))
    return tuple(kept)


def _filled_in_turn(wanted: Iterable[Seat], said: Collection[tuple[DecisionRight, PersonId]]) -> bool:
    """Whether all are filled if each seat goes to the first voice that is free: then nothing else need be tried."""
    used: set[PersonId] = set()
    able: dict[DecisionRight, tuple[Voice, ...]] = {}
    for seat in wanted:
        for one in able.setdefault(seat.right, seat.voices):
            if (seat.right, one.person) in said and one.person not in used and one.principal not in used:
                used |= {one.person, one.principal}
                break
        else:
            return False
    return True


Block = tuple[DecisionRight, int, list[Voice]]


def _fillings(blocks: Sequence[Block], used: frozenset[PersonId]) -> Iterator[tuple[int, ...]]:
    """Every way to fill the seats, as the number filled for each right; ends at the first that fills all."""
    if not blocks:
        yield ()
        return
    (_, number, able), rest = blocks[0], blocks[1:]
    whole = sum(one for _, one, _ in rest)
    for filled, taken in _chosen(able, number, used):
        for others in _fillings(rest, taken):
            yield (filled, *others)
            if filled == number and sum(others) == whole:
                return


def _chosen(
    able: Sequence[Voice], number: int, used: frozenset[PersonId]
) -> Iterator[tuple[int, frozenset[PersonId]]]:
    """Up to ``number`` of ``able`` that do not overlap with each other or ``used``, the fullest choices first."""
    if number and able:
        if not able[0].both & used:
            for filled, taken in _chosen(able[1:], number - 1, used | able[0].both):
                yield filled + 1, taken
        yield from _chosen(able[1:], number, used)
        return
    yield 0, used
