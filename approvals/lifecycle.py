"""The life of a permit, as one table. Code only walks it.

A permit is asked for, decided by the holders of the rights it needs, used inside its window, and
over. The same table is a constraint of the database (``permit_transition``) and the diagram in
``docs/permit.md``, which ``python -m approvals.lifecycle > docs/permit.md`` writes.
"""

import sys
from collections.abc import Mapping
from enum import StrEnum

from domain.errors import TransitionError
from domain.permit import PermitState
from domain.said import say


class PermitEvent(StrEnum):
    """What can happen to a permit."""

    APPROVE = "approve"
    """Every right that it needs has said yes."""
    REFUSE = "refuse"
    """A holder said no, with a reason; or an arbiter did, or said nothing in time."""
    DISPUTE = "dispute"
    """A holder said no where another had said yes, and an arbiter is named."""
    SETTLE = "settle"
    """The arbiter said yes: a signed yes like any other, in place of the one that was refused."""
    WITHDRAW = "withdraw"
    """The person who asked gave it up."""
    NARROW = "narrow"
    """A holder put a smaller permit in its place, which needs its own approval."""
    ACTIVATE = "activate"
    """Its first session opened."""
    REVOKE = "revoke"
    """Somebody took it back; a live session ends."""
    LAPSE = "lapse"
    """It was not decided, or not used, in time."""
    COMPLETE = "complete"
    """It was used, and its window ended or the work was done."""


_S, _E = PermitState, PermitEvent

TRANSITIONS: Mapping[PermitState, Mapping[PermitEvent, PermitState]] = {
    _S.REQUESTED: {
        _E.APPROVE: _S.APPROVED,
        _E.REFUSE: _S.REFUSED,
        _E.DISPUTE: _S.DISPUTED,
        _E.WITHDRAW: _S.WITHDRAWN,
        _E.NARROW: _S.NARROWED,
        _E.REVOKE: _S.REVOKED,
        _E.LAPSE: _S.LAPSED,
    },
    _S.DISPUTED: {
        _E.SETTLE: _S.REQUESTED,
        _E.REFUSE: _S.REFUSED,
        _E.WITHDRAW: _S.WITHDRAWN,
        _E.REVOKE: _S.REVOKED,
    },
    _S.APPROVED: {
        _E.WITHDRAW: _S.WITHDRAWN,
        _E.ACTIVATE: _S.ACTIVE,
        _E.REVOKE: _S.REVOKED,
        _E.LAPSE: _S.LAPSED,
    },
    _S.ACTIVE: {_E.REVOKE: _S.REVOKED, _E.COMPLETE: _S.COMPLETED},
    _S.REFUSED: {},
    _S.WITHDRAWN: {},
    _S.NARROWED: {},
    _S.REVOKED: {},
    _S.LAPSED: {},
    _S.COMPLETED: {},
}
"""Every edge there is. There is none from requested or disputed to active: nothing is used unapproved,
and only ``approve`` leads to approved, however a dispute went."""


def apply(state: PermitState, event: PermitEvent) -> PermitState:
    """The state after ``event``; TransitionError when the table has no such edge."""
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise TransitionError(
            say("A permit that is {state} has no way to {event}.", state=state, event=event)
        ) from None


def over(state: PermitState) -> bool:
    """Whether nothing can happen to the permit any more."""
    return not TRANSITIONS[state]


def rows() -> frozenset[tuple[str, str, str]]:
    """The table as (before, event, after): what the database's ``permit_transition`` holds."""
    return frozenset(
        (before.value, event.value, after.value)
        for before, edges in TRANSITIONS.items()
        for event, after in edges.items()
    )


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    edges = [
        f"    {before} --> {after}: {event}"
        for before, out in TRANSITIONS.items()
        for event, after in out.items()
    ]
    ends = [f"    {state} --> [*]" for state in TRANSITIONS if over(state)]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {PermitState.REQUESTED}: request", *edges, *ends])


def page() -> str:
    """``docs/permit.md``, whole."""
    table = "\n".join(
        f"| {before} | {event} | {after} |"
        for before, out in TRANSITIONS.items()
        for event, after in out.items()
    )
    return PAGE.format(diagram=diagram(), table=table)


PAGE = """\
# The life of a permit

Written by `python -m approvals.lifecycle > docs/permit.md` from the table in `approvals/lifecycle.py`.
Do not edit: change the table, add a migration for `permit_transition`, and write this page again.

```mermaid
{diagram}
```

| from | event | to |
|---|---|---|
{table}

Whatever is not in this table does not happen: the code raises `TransitionError`, and the database
refuses the row, because `permit_history` refers to `permit_transition`.

* *requested* lapses when it was not decided in time, *approved* when it was not used in time: `decide_within` and
  `use_within` of the charter, and never later than its window ends. Whoever needs it asks anew.
* *active* is completed when its window ends, or earlier when the work is done.
* *narrowed* means that a holder filed a smaller permit in its place. That one starts at *requested*
  and needs its own approval, over its own bytes.
* *disputed*: one who may decide said no where another had said yes, and the right that the no was said under has an
  arbiter. Unless they decide within `arbiter_within` of the charter, it is refused. Their yes is signed over the
  permit's own bytes and takes the place of the one that was refused, and of no other; with it the permit is
  *requested* again, and approved once every right has its yes. Without an arbiter, or where nobody had said yes, a no
  is a refusal at once.
* A permit that lies inside a [standing template](templates.md) needs the confirmation of somebody on shift in place of the holders' yes.
* A permit under which a first right has said yes and a second has not is still *requested*.
"""


if __name__ == "__main__":
    sys.stdout.write(page())
