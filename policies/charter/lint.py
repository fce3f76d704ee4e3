"""What a charter may say and had better not. A fault stops it; a finding is for its author to judge."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.plant import Conduit, Zone
from domain.rights import DecisionRight
from policies.charter.charter import Charter
from policies.charter.void import asked_of
from policies.state_table import graver

BUSINESS = frozenset({"4", "5"})
"""Purdue levels above the DMZ."""
CONTROL = frozenset({"0", "1", "2", "3"})
"""Purdue levels below it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to reconsider: a stable code, what it is about, a sentence and what to do."""

    code: str
    subject: str
    sentence: str
    remedy: str


def lint(charter: Charter) -> tuple[Finding, ...]:
    """Everything to reconsider in ``charter``, in a fixed order. None is no proof that it is right."""
    return (
        *(found for conduit in charter.conduits.values() for found in _conduit(charter, conduit)),
        *_rights(charter),
        *_contracts(charter),
        *_admissions(charter),
        *_host_keys(charter),
        *_states(charter),
    )


def _conduit(charter: Charter, conduit: Conduit) -> Iterator[Finding]:
    source, destination = charter.zones[conduit.source], charter.zones[conduit.destination]
    subject = f"conduit {conduit.id}"
    # Both ways round: a path that the plant opens towards the office is the same path.
    if _skips_dmz(source, destination) or _skips_dmz(destination, source):
        yield Finding(
            "skips_dmz",
            subject,
            f"It joins {source.name} and {destination.name} without passing the DMZ.",
            "Make two conduits of it, one into the DMZ and one out of it (ZCR 3.2, 3.6).",
        )
    for zone in (source, destination):
        if zone.safety:
            yield Finding(
                "safety_conduit",
                subject,
                f"It touches the safety zone {zone.name}; safety-zone-closed/1 refuses every use of it.",
                "Remove it; work on a safety system happens on site.",
            )
    if not conduit.purpose.strip():
        yield Finding("no_purpose", subject, "It does not say why it exists.", "Fill in 'purpose'.")
    if not conduit.owner.strip():
        yield Finding("no_owner", subject, "Nobody answers for it.", "Fill in 'owner'.")
    for vendor in sorted(conduit.vendors):
        contracts = charter.vendors[vendor].contracts
        zones = {charter.assets[asset].zone for one in contracts for asset in one.assets}
        if conduit.destination not in zones:
            yield Finding(
                "idle_vendor",
                subject,
                f"It lets {charter.vendors[vendor].name} through, whom no contract brings to {destination.name}.",
                "Remove the vendor from it, or write the contract down.",
            )


def _skips_dmz(outer: Zone, inner: Zone) -> bool:
    outside = outer.purdue_level in BUSINESS and not outer.dmz
    return outside and inner.purdue_level in CONTROL and not inner.dmz


def _rights(charter: Charter) -> Iterator[Finding]:
    """Every conduit is a boundary that vendors can cross, because a conduit without a vendor is a fault."""
    for conduit in charter.conduits.values():
        for right in asked_of(charter, conduit):
            boundaries = charter.boundaries_into(conduit.id)
            named = [one for one in charter.holdings if one.right is right and one.boundary in boundaries]
            subject = f"conduit {conduit.id}"
            if not named:
                yield Finding(
                    "no_holder",
                    subject,
                    f"Nobody ever holds the right '{right}' over it, its zone, its site or the organisation.",
                    "Name a holder in rights.toml; until then it is a void, and refuses.",
                )
            nearest = next((each for each in boundaries if any(one.boundary == each for one in named)), "")
            for holding in named:
                if holding.boundary == nearest and holding.deputy is None:
                    yield Finding(
                        "no_deputy",
                        subject,
                        f"The right '{right}' over {nearest} has no deputy for {holding.holder}.",
                        "Name one; a holder on leave must not be a reason for a workaround.",
                    )


def _contracts(charter: Charter) -> Iterator[Finding]:
    for vendor in charter.vendors.values():
        for contract in vendor.contracts:
            for name in sorted(contract.assets):
                # A safety zone's assets may stand in a contract: that work happens on site.
                closed = charter.zones[charter.assets[name].zone].safety
                if not closed and not charter.conduits_for(vendor.id, name):
                    yield Finding(
                        "unreachable_contract",
                        f"contract {contract.reference}",
                        f"It names {name}, to which no conduit leads {vendor.name}.",
                        "Write the conduit, or take the asset out of the contract.",
                    )


def _admissions(charter: Charter) -> Iterator[Finding]:
    holders = {
        person
        for one in charter.holdings
        if one.right is DecisionRight.IDENTITY
        for person in (one.holder, one.deputy)
    }
    for person in charter.people.values():
        if person.admitted_by is not None and person.admitted_by not in holders:
            yield Finding(
                "admitted_without_right",
                f"person {person.id}",
                f"{charter.people[person.admitted_by].name} admitted them without holding the right 'identity'.",
                "Have somebody admit them who holds it, or name the holder in rights.toml.",
            )


def _host_keys(charter: Charter) -> Iterator[Finding]:
    owners: dict[str, str] = {}
    for asset in charter.assets.values():
        for endpoint in asset.endpoints:
            for key in endpoint.host_keys:
                if owners.setdefault(key, asset.id) != asset.id:
                    yield Finding(
                        "shared_host_key",
                        f"asset {asset.id}",
                        f"It has the same host key as {owners[key]}: either could stand in for the other.",
                        "Give each machine a host key of its own.",
                    )


def _states(charter: Charter) -> Iterator[Finding]:
    table = charter.state_rules.table
    for here, lower in table.anomalies():
        (state, action, criticality), (_, less, smaller) = here, lower
        yield Finding(
            "easier_with_criticality" if action is less else "easier_with_consequence",
            f"state {state}",
            f"{action} at criticality {criticality} is '{table.cells[here]}', easier than {less} at {smaller}, "
            f"which is '{table.cells[lower]}'.",
            "Make it as strict at least; states.toml has both.",
        )
    for conduit in charter.conduits.values():
        inside = [one.criticality for one in charter.assets.values() if one.zone == conduit.destination]
        zone = charter.zones[conduit.destination].criticality
        for state in sorted(conduit.states):
            if not any(
                table.allowing([state], [action], graver(one, zone))
                for action in conduit.actions
                for one in inside or [zone]
            ):
                yield Finding(
                    "state_in_vain",
                    f"conduit {conduit.id}",
                    f"It may be open in '{state}', in which the table of states refuses all that it lets through.",
                    "Take the state off the conduit, or change the table.",
                )
    for signal in charter.state_rules.signals:
        for state in sorted(signal.permits):
            if not table.as_strict_as(signal.otherwise, state):
                yield Finding(
                    "unsafe_side",
                    f"signal {signal.name}",
                    f"Without it {signal.zone} is in '{signal.otherwise}', where something is easier than in '{state}'.",
                    "Name a state as 'otherwise' in which nothing is easier.",
                )
