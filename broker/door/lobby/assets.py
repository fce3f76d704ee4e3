"""What a person may ask for: the assets of their vendor's contracts, and the ways into each. Pure."""

import json
from collections.abc import Iterable
from datetime import datetime

from broker.door.seams import Charter
from domain.canonical import Json
from domain.ids import PersonId
from domain.plant import LINES, Asset, Endpoint, Protocol
from recorder.replay import inert

NONE = "There is nothing that you may ask for. Ask your contact at the plant about your contract.\n"


def assets_of(charter: Charter, person: PersonId, now: datetime) -> tuple[Asset, ...]:
    """The assets that a running contract of this person's vendor names and some conduit leads to.

    Nothing else of the plant may be told to them, not even that it is there.
    """
    known = charter.people.get(person)
    vendor = charter.vendors.get(known.vendor) if known is not None and known.vendor is not None else None
    if vendor is None:
        return ()
    return tuple(
        asset
        for asset in sorted(charter.assets.values(), key=lambda one: one.id)
        if any(contract.window.contains(now) for contract in vendor.covers(asset.id))
        and charter.conduits_for(vendor.id, asset.id)
    )


def assets(found: Iterable[Asset]) -> str:
    """Two lines for each: its id and name, and what it has to get in by."""
    lines = []
    for asset in found:
        lines.append(f"{asset.id}  {inert(asset.name)}")
        lines.append("    " + (", ".join(map(_way, asset.endpoints)) or "no way in"))
    return "".join(f"{line}\n" for line in lines) or NONE


def assets_json(found: Iterable[Asset]) -> str:
    """The same for machines: one JSON array on one line."""
    return json.dumps([_document(one) for one in found], ensure_ascii=True) + "\n"


def _way(endpoint: Endpoint) -> str:
    if endpoint.protocol in LINES:
        return f"shell (over {endpoint.protocol}, in the clear behind the gate)"
    return "ssh" if endpoint.protocol is Protocol.SSH else f"forward:{endpoint.port} ({endpoint.protocol})"


def _document(asset: Asset) -> dict[str, Json]:
    ways: list[Json] = [{"protocol": str(one.protocol), "port": one.port} for one in asset.endpoints]
    return {"asset": asset.id, "name": asset.name, "endpoints": ways}
