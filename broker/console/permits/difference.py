"""How a wish differs from the last one that was approved: a tiny change is what a tired eye misses. Pure."""

from collections.abc import Iterable, Iterator

from approvals.filed import Filed
from approvals.register import APPROVED_ONCE
from broker.console import words
from domain.permit import Permit
from domain.said import listed, say


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
        found.append(
            say("another conduit: {after}, not {before}", after=after.conduit, before=before.conduit)
        )
    more = [words.grant(one) for one in sorted(after.grants - before.grants)]
    less = [words.grant(one) for one in sorted(before.grants - after.grants)]
    more += [words.ACTIONS[one] for one in sorted(after.actions - before.actions)]
    less += [words.ACTIONS[one] for one in sorted(before.actions - after.actions)]
    more += [words.IN_STATES[one] for one in sorted(after.states - before.states)]
    if more:
        found.append(say("now also: {what}", what=listed(more)))
    if less:
        found.append(say("no longer: {what}", what=listed(less)))
    if after.window.length > before.window.length:
        found.append(say("longer by {span}", span=words.span(after.window.length - before.window.length)))
    if after.work_order != before.work_order:
        found.append(
            say(
                "another work order: {after}, not {before}",
                after=after.work_order or say("none"),
                before=before.work_order or say("none"),
            )
        )
    return (*found, *_added(before, after))


def _added(before: Permit, after: Permit) -> Iterator[str]:
    if tools := after.tools - before.tools:
        yield say("other tools: {what}", what=listed(sorted(tools)))
    if keys := after.keys - before.keys:
        yield say("other keys: {what}", what=listed(sorted(keys)))
    if limits := after.limits ^ before.limits:
        yield say("other limits: {what}", what=listed(sorted(limits)))
    if networks := after.networks - before.networks:
        yield say("other networks: {what}", what=listed(sorted(networks)))
