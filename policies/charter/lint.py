"""What a charter may say and had better not. A fault stops it; a finding is for its author to judge."""

from collections.abc import Iterator
from datetime import datetime

from domain.plant import Conduit
from domain.rights import DecisionRight
from policies.charter.charter import Charter
from policies.charter.dated_lint import dated_findings
from policies.charter.finding import Finding as Finding
from policies.charter.party_lint import party_findings
from policies.charter.plant_lint import plant_findings
from policies.charter.refused_lint import refused_findings
from policies.charter.void import asked_of
from policies.state_table import graver


def lint(charter: Charter, at: datetime | None = None) -> tuple[Finding, ...]:
    """Everything to reconsider in ``charter``, in a fixed order. None is no proof that it is right.

    Days are looked at only where ``at`` says which day it is.
    """
    return (
        *plant_findings(charter),
        *(found for conduit in charter.conduits.values() for found in _conduit(charter, conduit)),
        *_rights(charter),
        *_contracts(charter),
        *_admissions(charter),
        *_host_keys(charter),
        *refused_findings(charter),
        *party_findings(charter),
        *_states(charter),
        *(() if at is None else dated_findings(charter, at)),
    )


def _conduit(charter: Charter, conduit: Conduit) -> Iterator[Finding]:
    destination = charter.zones[conduit.destination]
    subject = f"conduit {conduit.id}"
    for vendor in sorted(conduit.vendors):
        contracts = charter.vendors[vendor].contracts
        zones = {charter.assets[asset].zone for one in contracts for asset in one.assets}
        if conduit.destination not in zones:
            yield Finding(
                "idle_vendor",
                subject,
                f"It lets {charter.vendors[vendor].name} through, whom no contract brings to {destination.name}.",
                "Remove the vendor from it, or write the contract down.",
                field="vendors",
            )


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
                        "Name one in rights.toml; a holder on leave must not be a reason for a workaround.",
                    )


def _contracts(charter: Charter) -> Iterator[Finding]:
    for vendor in charter.vendors.values():
        for contract in vendor.contracts:
            if contract.missing:
                yield Finding(
                    "incomplete_contract",
                    f"contract {contract.reference}",
                    f"It does not say: {', '.join(contract.missing)}; every request under it alone is refused.",
                    "Write where it says so into [vendor.contract.terms].",
                    field="terms",
                )
            for name in sorted(contract.assets):
                # A safety zone's assets may stand in a contract: that work happens on site.
                closed = charter.zones[charter.assets[name].zone].safety
                if not closed and not charter.conduits_for(vendor.id, name):
                    yield Finding(
                        "unreachable_contract",
                        f"contract {contract.reference}",
                        f"It names {name}, to which no conduit leads {vendor.name}.",
                        "Write the conduit, or take the asset out of the contract.",
                        field="assets",
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
                field="admitted.by",
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
                    field="states",
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
