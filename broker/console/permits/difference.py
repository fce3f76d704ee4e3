"""How a wish differs from the last one that was approved: a tiny change is what a tired eye misses. Pure."""

from collections.abc import Iterable, Iterator

from approvals.filed import Filed
from approvals.register import APPROVED_ONCE
from broker.console import words
from domain.permit import Permit


def last_approved(permit: Permit, filed: Iterable[Filed]) -> Permit | None:
    """The newest earlier permit of the same person for the same asset that somebody approved."""
    earlier = [
        one.permit
        for one in filed
        if one.state in APPROVED_ONCE
        and (one.permit.person, one.permit.asset) == (permit.person, permit.asset)
        and one.permit.id != permit.id
        and one.permit.requested_at <= permit.requested_at
    ]
    return max(earlier, key=lambda one: (one.requested_at, one.id), default=None)


def differences(before: Permit, after: Permit) -> tuple[str, ...]:
    """What ``after`` asks for differently, one short line each; empty when only its time is another."""
    found: list[str] = []
    if before.conduit != after.conduit:
        found.append(f"another conduit: {after.conduit}, not {before.conduit}")
    more = [words.grant(one) for one in sorted(after.grants - before.grants)]
    less = [words.grant(one) for one in sorted(before.grants - after.grants)]
    more += [words.ACTIONS[one] for one in sorted(after.actions - before.actions)]
    less += [words.ACTIONS[one] for one in sorted(before.actions - after.actions)]
    more += [f"in {words.STATES[one].lower()}" for one in sorted(after.states - before.states)]
    if more:
        found.append(f"now also: {', '.join(more)}")
    if less:
        found.append(f"no longer: {', '.join(less)}")
    if after.window.length > before.window.length:
        found.append(f"longer by {words.span(after.window.length - before.window.length)}")
    if after.work_order != before.work_order:
        found.append(f"another work order: {after.work_order or 'none'}, not {before.work_order or 'none'}")
    return (*found, *(f"other {name}: {', '.join(sorted(more))}" for name, more in _added(before, after)))


def _added(before: Permit, after: Permit) -> Iterator[tuple[str, frozenset[str]]]:
    for name in ("tools", "keys", "networks"):
        added: frozenset[str] = getattr(after, name) - getattr(before, name)
        if added:
            yield name, added
