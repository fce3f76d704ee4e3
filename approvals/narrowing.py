"""Whether one permit allows strictly less than another: what a holder may do to a wish."""

from domain.access import Grant, PassageKind, granted
from domain.limits import beyond, limits_of
from domain.permit import Permit
from domain.plant import Protocol

SAME = (
    "site",
    "person",
    "vendor",
    "asset",
    "conduit",
    "time_zone",
    "purpose",
    "work_order",
    "back_out",
    "failure",
    "method",
    "charter_digest",
    "direction",
    "safety_record",
    "template",
)

SETS = {
    "actions": "an action",
    "states": "an operating state",
    "tools": "a tool",
    "keys": "a key",
    "networks": "a network",
}
"""What a narrowing may take from, and add nothing to."""


def narrowed(old: Permit, new: Permit) -> tuple[str, ...]:
    """Why ``new`` is no narrowing of ``old``; empty when it is one.

    A narrowing names what it narrows, is about the same thing, adds nothing and takes something away.
    """
    faults = [
        f"Its {name.replace('_', ' ')} differs." for name in SAME if getattr(old, name) != getattr(new, name)
    ]
    if new.narrows != old.id:
        faults.append("It does not say which permit it narrows.")
    if new.id == old.id or new.nonce == old.nonce:
        faults.append("It needs an id and a nonce of its own.")
    if new.requested_at < old.requested_at:
        faults.append("It is older than what it narrows.")
    if not all(_granted(one, old.grants) for one in new.grants):
        faults.append("It adds a passage.")
    faults += [
        f"It adds {what}." for name, what in SETS.items() if not getattr(new, name) <= getattr(old, name)
    ]
    if _reaches_further(old.limits, new.limits):
        faults.append("It reaches beyond the limits.")
    if not old.window.covers(new.window):
        faults.append("Its window reaches outside.")
    if _extent(old) == _extent(new):
        faults.append("It takes nothing away.")
    return tuple(faults)


def _reaches_further(old: frozenset[str], new: frozenset[str]) -> bool:
    if new == old:
        return False
    try:
        return bool(beyond(limits_of(new), limits_of(old), Protocol))
    except ValueError:  # written by another version: what can't be read is not known to be less
        return True


def _granted(wanted: Grant, grants: frozenset[Grant]) -> bool:
    # A forward without a port means each of the asset's own endpoints, so any one port is less.
    return granted(grants, wanted) or (
        wanted.kind is PassageKind.FORWARD and Grant(PassageKind.FORWARD) in grants
    )


def _extent(permit: Permit) -> tuple[object, ...]:
    return permit.grants, permit.window, permit.limits, *(getattr(permit, name) for name in SETS)
