"""People: tables to domain values. What is known of an outside person, and until when it counts."""

from zoneinfo import ZoneInfo

from domain.ids import PersonId, SubcontractorId, VendorId
from domain.parties import Binding, Leaving, LeavingKind, Person, Proofing, ProofingKind, Training
from domain.rights import Side
from domain.window import TimeWindow
from policies.charter.plant_tables import read_key
from policies.charter.table import Table
from policies.charter.wording import quoted
from policies.issuers import LONGEST_SUBJECT, is_issuer, is_subject
from policies.leaving import leaving_deadline

OUTSIDE = ("subcontractor", "proofed", "checked", "training", "leaving", "high_risk")
"""What is written of outside people only."""


def read_person(table: Table, zone: ZoneInfo) -> Person | None:
    """One ``[[person]]``; None when it has a fault.

    An outside person may lack any of the tables: known, and refused by the rule that asks for it.
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
    proofed, checked = table.table("proofed", "proofed"), table.table("checked", "checked")
    leaving = table.table("leaving", "leaving")
    trainings = tuple(_training(one, zone) for one in table.tables("training", "training", optional=True))
    bindings = tuple(_binding(one) for one in table.tables("sign_in", "sign-in", optional=True))
    person = Person(
        id=PersonId(table.word("id")),
        name=table.name("name"),
        vendor=VendorId(vendor) if vendor else None,
        ssh_keys=tuple(read_key(table, "ssh_keys", key) for key in table.texts("ssh_keys", optional=True)),
        admitted=admitted,
        admitted_by=admitted_by,
        auditor=table.claim("auditor"),
        shift=table.claim("shift"),
        sessions=table.at_once("sessions"),
        side=table.choice("side", Side) if table.has("side") else None,
        contact=table.text("contact", optional=True),
        subcontractor=SubcontractorId(table.word("subcontractor")) if table.has("subcontractor") else None,
        proofed=None if proofed is None else _proofing(proofed, zone),
        checked=None if checked is None else _check(checked, zone),
        trainings=tuple(one for one in trainings if one is not None),
        leaving=None if leaving is None else _leaving(leaving, zone),
        high_risk=table.claim("high_risk"),
        bindings=tuple(one for one in bindings if one is not None),
    )
    if person.vendor and person.shift:
        table.fault("shift", "a vendor's person can't set operating states.", "Remove 'shift'.")
    if person.vendor and person.side:
        table.fault("side", "a vendor's person is of neither side of the plant.", "Remove 'side'.")
    if person.vendor and person.auditor:
        table.fault("auditor", "a vendor's person can't read the plant's evidence.", "Remove 'auditor'.")
    for key in () if vendor else OUTSIDE:
        if table.has(key):
            table.fault(
                key,
                f"'{key}' is written of outside people only.",
                "Remove it, or name the person's vendor; whoever leaves the plant is taken out of people.toml.",
            )
    parts = (admission, proofed, checked, leaving)
    sound = table.done() and all(one is None or one.done() for one in parts)
    sound = sound and None not in trainings and None not in bindings
    return person if sound else None


def _proofing(table: Table, zone: ZoneInfo) -> Proofing:
    return Proofing(table.instant("on", zone), table.choice("kind", ProofingKind), table.text("by"))


def _check(table: Table, zone: ZoneInfo) -> TimeWindow:
    table.text("by")  # who vouches for it; for the reader
    return table.window(zone)


def _training(table: Table, zone: ZoneInfo) -> Training | None:
    training = Training(table.text("name"), table.window(zone))
    return training if table.done() else None


def _leaving(table: Table, zone: ZoneInfo) -> Leaving:
    kind, noticed = table.choice("kind", LeavingKind), table.instant("noticed", zone)
    return Leaving(kind, noticed, leaving_deadline(kind, noticed, zone))


def _binding(table: Table) -> Binding | None:
    issuer, subject = table.text("issuer"), table.text("subject")
    if issuer and not is_issuer(issuer):
        table.fault(
            "issuer",
            f"{quoted(issuer)} is not the address of an identity provider.",
            'Copy its "issuer" to the letter, such as "https://login.example/realms/plant"; no query, no fragment.',
        )
    if subject and not is_subject(subject):
        table.fault(
            "subject",
            f"{quoted(subject)} can be nobody's subject.",
            f"Copy the provider's `sub`: {LONGEST_SUBJECT} plain characters at most.",
        )
    return Binding(issuer, subject) if table.done() else None
