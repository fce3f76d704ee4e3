"""Vendors, people and rules: tables to domain values."""

from zoneinfo import ZoneInfo

from domain.ids import AssetId, PersonId, RuleId, VendorId
from domain.parties import Contract, Person, Vendor
from domain.rights import Side
from policies.charter.plant_tables import read_key
from policies.charter.table import Table
from policies.rule import Rule
from policies.rules import MANDATORY, REGISTERED


def read_vendor(table: Table, zone: ZoneInfo) -> Vendor | None:
    """One ``[[vendor]]`` with its ``[[vendor.contract]]``; None when it has a fault."""
    contracts = tuple(_contract(one, zone) for one in table.tables("contract", "contract"))
    vendor = Vendor(
        id=VendorId(table.word("id")),
        name=table.name("name"),
        contracts=tuple(one for one in contracts if one is not None),
    )
    return vendor if table.done() and None not in contracts else None


def _contract(table: Table, zone: ZoneInfo) -> Contract | None:
    contract = Contract(
        reference=table.name("reference"),
        window=table.window(zone),
        assets=frozenset(AssetId(one) for one in table.words("assets")),
    )
    return contract if table.done() else None


def read_person(table: Table, zone: ZoneInfo) -> Person | None:
    """One ``[[person]]``; None when it has a fault.

    An outside person may lack ``[person.admitted]``: known, and not admitted.
    """
    vendor = table.word("vendor") if table.has("vendor") else ""
    admission = table.table("admitted", "admitted")
    admitted, admitted_by = None, None
    if admission is not None:
        admitted, admitted_by = admission.window(zone), PersonId(admission.word("by"))
        if not vendor:
            admission.fault(
                "", "people of the plant are not admitted.", "Remove it, or name the person's vendor."
            )
    person = Person(
        id=PersonId(table.word("id")),
        name=table.name("name"),
        vendor=VendorId(vendor) if vendor else None,
        ssh_keys=tuple(read_key(table, "ssh_keys", key) for key in table.texts("ssh_keys", optional=True)),
        admitted=admitted,
        admitted_by=admitted_by,
        auditor=table.claim("auditor"),
        shift=table.claim("shift"),
        side=table.choice("side", Side) if table.has("side") else None,
        contact=table.text("contact", optional=True),
    )
    if person.vendor and person.shift:
        table.fault("shift", "a vendor's person can't set operating states.", "Remove 'shift'.")
    if person.vendor and person.side:
        table.fault("side", "a vendor's person is of neither side of the plant.", "Remove 'side'.")
    if person.vendor and person.auditor:
        table.fault("auditor", "a vendor's person can't read the plant's evidence.", "Remove 'auditor'.")
    sound = table.done() and (admission is None or admission.done())
    return person if sound else None


def read_rules(table: Table) -> tuple[Rule, ...]:
    """The rules that ``in_force`` names, in the order in which their reasons are shown."""
    named = {RuleId(one) for one in table.texts("in_force")}
    for one in sorted(named - REGISTERED.keys()):
        table.fault(
            "in_force",
            f"this version knows no rule '{one:.60}'.",
            "docs/charter.md lists the rules and their ids.",
            one,
        )
    missing = sorted(MANDATORY - named)
    if named and missing:
        table.fault(
            "in_force",
            f"these rules may not be left out: {', '.join(missing)}.",
            "Add them; they are what keeps the plant shut by default.",
        )
    table.done()
    return tuple(rule for rule_id, rule in REGISTERED.items() if rule_id in named)
