"""What there was before with this vendor on this asset: what an approver wants to know before a yes. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from approvals.filed import Filed, Step
from approvals.lifecycle import PermitEvent
from domain.permit import Permit, PermitState


@dataclass(frozen=True, slots=True)
class Past:
    """The vendor's earlier permits for the asset, as far back as they were looked up."""

    asked: int
    used: int
    """Those under which a session was opened."""
    refused: int
    last: Permit | None
    """The newest that was used."""
    began: datetime | None
    """When its first session opened."""
    ended: Step | None
    """What ended it; None while it is still in use."""
    refusal: Step | None
    """The newest no."""


def past(permit: Permit, filed: Iterable[Filed]) -> Past:
    """What ``filed`` tells of the time before ``permit``; permits of others and the permit itself are passed over."""
    same = (permit.vendor, permit.asset)
    earlier = sorted(
        (
            one
            for one in filed
            if (one.permit.vendor, one.permit.asset) == same
            and one.permit.id != permit.id
            and one.permit.requested_at <= permit.requested_at
        ),
        key=lambda one: (one.permit.requested_at, one.permit.id),
        reverse=True,
    )
    used = [(one, begun) for one in earlier if (begun := _step(one, PermitEvent.ACTIVATE)) is not None]
    no = [step for one in earlier if (step := _step(one, PermitEvent.REFUSE)) is not None]
    last, begun = max(used, key=lambda pair: pair[1].at) if used else (None, None)
    return Past(
        asked=len(earlier),
        used=len(used),
        refused=len(no),
        last=last.permit if last else None,
        began=begun.at if begun else None,
        ended=last.history[-1] if last and last.state is not PermitState.ACTIVE else None,
        refusal=max(no, key=lambda step: step.at) if no else None,
    )


def _step(filed: Filed, event: PermitEvent) -> Step | None:
    return next((step for step in filed.history if step.event is event), None)
