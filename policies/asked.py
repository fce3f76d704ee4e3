"""A permit's wish once more: what a holder's page judges today, and a changed charter judges again."""

from domain.access import AccessRequest, Stated
from domain.permit import Permit


def asked_again(permit: Permit) -> AccessRequest:
    """The request that ``permit`` answers, as if it were made anew."""
    return AccessRequest(
        person=permit.person,
        asset=permit.asset,
        passage=tuple(sorted(permit.grants)),
        actions=permit.actions,
        source="local",
        window=permit.window,
        conduit=permit.conduit,
        tools=permit.tools,
        networks=permit.networks,
        method=permit.method,
        limits=permit.limits,
        stated=Stated(permit.purpose, permit.work_order, permit.back_out, permit.failure),
    )
