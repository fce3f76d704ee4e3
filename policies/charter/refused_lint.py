"""What a charter grants on paper and every decision would refuse: told to its author, not first to a vendor."""

from collections.abc import Iterator

from domain.access import Grant, PassageKind
from domain.parties import Person
from domain.plant import TERMINALS, Asset, Conduit, Protocol
from policies.charter.charter import Charter
from policies.charter.finding import Finding
from policies.matter import IN_A_TERMINAL


def refused_findings(charter: Charter) -> Iterator[Finding]:
    """Grants that nothing carries, desktops that nothing would open, and vendors' people who could not come in."""
    for asset in charter.assets.values():
        yield from _desktops(charter, asset)
    for conduit in charter.conduits.values():
        yield from _grants(charter, conduit)
    for person in charter.people.values():
        if person.vendor is not None and person.leaving is None and (lacking := _papers(person)):
            yield Finding(
                "papers_missing",
                f"person {person.id}",
                f"Not written down: {', '.join(lacking)}; everything that {person.name} asks for is refused.",
                "Add what is missing in people.toml; docs/charter.md shows each by example.",
            )


def _desktops(charter: Charter, asset: Asset) -> Iterator[Finding]:
    end = asset.endpoint(Protocol.RDP)
    if end is None or (end.web is not None and end.web.secure):
        return
    leading = [one.id for one in charter.conduits.values() if one.destination == asset.zone]
    if any(Protocol.RDP in charter.conduits[one].protocols for one in leading):
        yield Finding(
            "rdp_not_pinned",
            f"asset {asset.id}",
            "It is to be reached by RDP, and nothing says by what certificate it is known: every session is refused.",
            "Write [asset.endpoint.tls] with its certificates; docs/charter.md shows how.",
        )


def _grants(charter: Charter, conduit: Conduit) -> Iterator[Finding]:
    for grant in sorted(conduit.grants):
        if why := _uncarried(charter, conduit, grant):
            yield Finding(
                "idle_grant",
                f"conduit {conduit.id}",
                f"It grants {grant}, but {why}.",
                "Take the grant out, or write down what carries it.",
                field="grants",
            )


def _uncarried(charter: Charter, conduit: Conduit, grant: Grant) -> str:
    """Why nothing in the zone could ever be reached by ``grant``; empty where something can."""
    if grant.kind is not PassageKind.FORWARD:
        leads = TERMINALS if grant.kind in IN_A_TERMINAL else {Protocol.SSH}
        return "" if leads & conduit.protocols else "ssh is not among its protocols"
    there = [one for one in charter.assets.values() if one.zone == conduit.destination]
    ends = [end for one in there for end in one.endpoints if end.protocol not in TERMINALS]
    carried = [end for end in ends if end.protocol in conduit.protocols]
    if any(grant.port in {0, end.port} for end in carried):
        return ""
    where = charter.zones[conduit.destination].name
    if not grant.port:
        return f"no asset in {where} has an endpoint of another protocol that the conduit carries"
    speaks = sorted({end.protocol for end in ends if end.port == grant.port})
    if speaks:
        return f"port {grant.port} speaks {', '.join(speaks)}, which is not among its protocols"
    return f"no asset in {where} answers on port {grant.port}"


def _papers(person: Person) -> list[str]:
    written = {
        "admission ('admitted')": person.admitted,
        "proofing ('proofed')": person.proofed,
        "a personnel check ('checked')": person.checked,
        "a training ('training')": person.trainings,
    }
    return [name for name, what in written.items() if not what]
