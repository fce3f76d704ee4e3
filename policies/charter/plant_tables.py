"""Organisation, sites, zones, conduits and assets: tables to domain values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv6Address
from zoneinfo import ZoneInfo, available_timezones

from domain.access import Action, Grant, PassageKind, RequestField
from domain.ids import AssetId, ConduitId, DependencyId, OrganisationId, SiteId, VendorId, ZoneId
from domain.limits import EXAMPLE, limit_of, limit_text
from domain.permit import MOST_LIMITS
from domain.plant import (
    PROVABLE,
    TERMINALS,
    Asset,
    Conduit,
    Criticality,
    Direction,
    Endpoint,
    Limit,
    OperatingState,
    Organisation,
    Outflow,
    Protocol,
    Screening,
    Site,
    Zone,
    ZoneKind,
)
from domain.proof import ProofKind
from domain.recurrence import Hours
from domain.rights import DecisionRight
from domain.vocabulary import COPIED_OUT
from policies.charter.addresses import NOWHERE, address
from policies.charter.certificates import certificate
from policies.charter.line_tables import read_cleartext, read_line, read_not_recordable
from policies.charter.record_tables import read_agreement, read_record
from policies.charter.screening_table import read_screening
from policies.charter.ssh_keys import public_key
from policies.charter.table import Table
from policies.charter.web_tables import read_web
from policies.charter.wording import UnusableError
from policies.recurrence import fault_of

LEVELS = ("0", "1", "2", "3", "3.5", "4", "5")
"""Purdue levels as texts; 3.5 is where a DMZ stands."""

LONGEST_HOURS_DAYS = 1
ORDERED = frozenset({DecisionRight.CONNECT, DecisionRight.SAFETY, DecisionRight.DATA_OUT})
"""What a permit may need, and so can be put in order."""
WALL_CLOCK = re.compile(r"\d{2}:\d{2}", re.ASCII)
LONGEST_WINDOW_DAYS = 31  # a permit for longer is standing access under another name


INWARDS = ("in", "inbound", "inward", "inwards", "incoming")
INWARDS_REMEDY = (
    "A conduit always leads into the zone named by 'to'. Write 'both' where something is sent there, "
    "'outbound' where bytes only leave it."
)


@dataclass(frozen=True, slots=True)
class ReadOrganisation:
    """The organisation, and the clock that dates without a time are read by."""

    organisation: Organisation
    clock: ZoneInfo
    table: Table | None


NO_ORGANISATION = ReadOrganisation(
    Organisation(OrganisationId(""), "", "UTC", demonstration=True), ZoneInfo("UTC"), None
)
"""Stands in for an organisation that could not be read; a charter with it is never built.

A demonstration, so that its fault is not reported again for each address that only such a one may have.
"""


def read_organisation(table: Table) -> ReadOrganisation:
    """``[organisation]``; its id keeps the boundary names of rights checkable even when it is faulty."""
    clock = _clock(table)
    organisation = Organisation(
        OrganisationId(table.word("id")),
        table.name("name"),
        clock.key,
        frozenset(ZoneId(one) for one in table.words("broker_zones")),
        table.claim("demonstration"),
    )
    table.done()
    return ReadOrganisation(organisation, clock, table)


def read_site(table: Table) -> Site | None:
    """One ``[[site]]``; None when it has a fault."""
    site = Site(SiteId(table.word("id")), table.name("name"), _clock(table).key)
    return site if table.done() else None


def _clock(table: Table) -> ZoneInfo:
    name = table.text("time_zone")
    try:
        return ZoneInfo(name) if name else NO_ORGANISATION.clock
    except (KeyError, ValueError, OSError):  # not found; not a path inside the database; a folder of it
        near = get_close_matches(
            name.lower(), known := {one.lower(): one for one in available_timezones()}, 1, 0.8
        )
        remedy = f"Did you mean '{known[near[0]]}'?" if near else _ZONE_REMEDY
        table.fault("time_zone", f"'{name:.60}' is not a time zone.", remedy)
        return NO_ORGANISATION.clock


_ZONE_REMEDY = "Give an IANA name such as 'Europe/Amsterdam' or 'America/Chicago'."


def read_zone(table: Table) -> Zone | None:
    """One ``[[zone]]``; None when it has a fault."""
    zone = Zone(
        id=ZoneId(table.word("id")),
        name=table.name("name"),
        site=SiteId(table.word("site")),
        kind=table.choice("kind", ZoneKind),
        criticality=table.choice("criticality", Criticality),
        safety=table.claim("safety", needed=True),
        record=read_record(table),
        purdue_level=table.text("level", optional=True),
        exposure=table.text("exposure", optional=True),
        step_up_actions=_step_up_actions(table),
        hardware_keys=table.claim("hardware_keys"),
    )
    if zone.purdue_level and zone.purdue_level not in LEVELS:
        table.fault(
            "level",
            f"'level' is '{zone.purdue_level:.20}'.",
            f"Give the Purdue level in quotes, one of: {', '.join(LEVELS)}.",
        )
    if zone.safety and zone.kind is not ZoneKind.CONTROL:
        table.fault("safety", f"a safety zone can't be of the kind '{zone.kind}'.", "Make two zones of it.")
    return zone if table.done() else None


def read_conduit(table: Table) -> Conduit | None:
    """One ``[[conduit]]``; None when it has a fault."""
    carries = _carries(table)
    conduit = Conduit(
        id=ConduitId(table.word("id")),
        name=table.name("name"),
        source=ZoneId(table.word("from")),
        destination=ZoneId(table.word("to")),
        direction=table.choice("direction", Direction, meant=dict.fromkeys(INWARDS, INWARDS_REMEDY)),
        purpose=table.text("purpose", blank=True),
        owner=table.text("owner", blank=True),
        failure=table.text("failure", blank=True),
        success=table.text("success", blank=True),
        agreed=read_agreement(table),
        vendors=frozenset(VendorId(one) for one in table.words("vendors")),
        carries=carries,
        cleartext=read_cleartext(table, frozenset(carries)),
        sessions=table.at_once("sessions"),
        not_recordable=read_not_recordable(table, frozenset(carries)),
        grants=_grants(table),
        states=table.choices("states", OperatingState, never={OperatingState.ISOLATED}),
        proofs=table.choices("proofs", ProofKind),
        longest_window=table.span("longest_window", LONGEST_WINDOW_DAYS),
        supervised=table.claim("supervised"),
        safety_dependency=DependencyId(table.word("safety_dependency"))
        if table.has("safety_dependency")
        else None,
        record=read_record(table),
        requires=table.choices("requires", RequestField)
        if table.has("requires")
        else frozenset(RequestField),
        data_out=table.choices("data_out", Outflow) if table.has("data_out") else frozenset(),
        in_order=_in_order(table),
        files=table.choice("files", Screening) if table.has("files") else Screening.SCREENED,
        limits=_limits(table),
        step_up=_step_up(table, frozenset(carries)),
        step_up_actions=_step_up_actions(table),
        hardware_keys=table.claim("hardware_keys"),
        screening=read_screening(table),
        hours=tuple(_hours(one) for one in table.tables("hours", "hours", optional=True)),
    )
    for limit in sorted(conduit.limits, key=limit_text):
        if limit.protocol not in conduit.carries:
            table.fault(
                "limits",
                f"'{limit_text(limit)}' is over {limit.protocol}, which this conduit does not carry.",
                "Name only protocols that stand in [conduit.protocols].",
            )
    for protocol in conduit.unprovable(conduit.step_up_actions):
        table.fault(
            "step_up_actions",
            f"what is done over {protocol} can't be held for a proof.",
            f"Let it carry {protocol} for less, or {protocol} cross a conduit of its own.",
        )
    if conduit.direction is Direction.OUTBOUND:
        _only_outbound(table, conduit)
    if any(one.place == COPIED_OUT for one in conduit.limits) and Outflow.FORWARD not in conduit.data_out:
        table.fault(
            "limits",
            f"what '{COPIED_OUT}' carries leaves the zone, and nobody with 'data_out' is asked.",
            "Name 'forward' in 'data_out' too.",
        )
    passed = {str(one.kind) for one in conduit.grants} | {Outflow.RECORDING}
    for one in sorted(conduit.data_out - passed):
        table.fault(
            "data_out",
            f"'data_out' names {one}, which this conduit does not grant.",
            "Name what the conduit grants, or 'recording'.",
            one,
        )
    if conduit.source and conduit.source == conduit.destination:
        table.fault("to", "it leads from a zone into itself.", "A conduit joins two zones.")
    if OperatingState.ISOLATED in conduit.states:
        table.fault(
            "states",
            "'isolated' is the state in which nothing passes.",
            "Remove it; a conduit can't be open while its zone is isolated.",
            "isolated",
        )
    return conduit if table.done() else None


def _limits(table: Table, field: str = "limits") -> frozenset[Limit]:
    """Limits, each in words, for a protocol that the gate reads."""
    found = set()
    texts = table.texts(field) if table.has(field) else ()
    for text in texts:
        try:
            found.add(limit_of(text))
        except ValueError as error:
            table.fault(field, f"{error}.", f"Write it as: {EXAMPLE}.", text)
    if len(texts) > MOST_LIMITS:
        table.fault(field, f"it names {len(texts)} limits.", f"Name {MOST_LIMITS} at most.")
    return frozenset(found)


def _step_up(table: Table, carries: frozenset[Protocol]) -> frozenset[Limit]:
    """``step_up``: what needs a proof of its own, in the words of limits."""
    found = _limits(table, "step_up")
    for one in sorted(found, key=limit_text):
        said = limit_text(one)
        if one.protocol not in PROVABLE:
            table.fault(
                "step_up",
                f"'{said}' can't be held for a proof.",
                f"Name what crosses over one of: {', '.join(sorted(PROVABLE))}.",
            )
        elif one.protocol not in carries:
            table.fault(
                "step_up",
                f"'{said}' is over {one.protocol}, which this conduit does not carry.",
                "Name only protocols that stand in [conduit.protocols].",
            )
        elif one.least is not None or (one.unit is not None and one.protocol is not Protocol.S7):
            table.fault(
                "step_up",
                f"'{said}' is for some values, or for one that answers behind the endpoint.",
                "Leave out 'between' and 'of unit': a device may take what is sent to another for its own.",
            )
    return found


def _step_up_actions(table: Table) -> frozenset[Action]:
    """``step_up_actions``: kinds of action that need a proof of their own each time."""
    if not table.has("step_up_actions"):
        return frozenset()
    found = table.choices("step_up_actions", Action, never={Action.VIEW})
    if Action.VIEW in found:
        table.fault(
            "step_up_actions",
            "'view' is not held for a proof: tools look many times a second.",
            "Name any of: operate, configure, override.",
            "view",
        )
    return found


def _in_order(table: Table) -> tuple[DecisionRight, ...]:
    """``in_order``: rights that a permit over it may need, each once."""
    if not table.has("in_order"):
        return ()
    named = table.texts("in_order")
    order = tuple(one for one in named if one in ORDERED)
    if len(set(order)) < max(len(named), 2):
        table.fault(
            "in_order",
            "it does not say which of two or three rights decides after which.",
            'Name each once, the first one first: in_order = ["safety", "connect"].',
        )
        return ()
    return tuple(DecisionRight(one) for one in order)


def _hours(table: Table) -> Hours:
    """One ``[[conduit.hours]]``."""
    text = table.text("at")
    try:
        at = time.fromisoformat(text) if WALL_CLOCK.fullmatch(text) else None
    except ValueError:
        at = None
    if at is None and text:
        table.fault(
            "at", f"'{text:.20}' is no time on a clock.", 'Write the hour and the minute: at = "08:00".'
        )
    hours = Hours(
        table.text("recurs"), at or time(), table.span("for", LONGEST_HOURS_DAYS), table.day("since")
    )
    if table.sound and (why := fault_of(hours)) is not None:
        table.fault("recurs", f"{why}.", 'Say on which days: recurs = "FREQ=WEEKLY;BYDAY=MO,TU".')
    table.done()
    return hours


def read_asset(table: Table, *, demonstration: bool) -> Asset | None:
    """One ``[[asset]]`` with its ``[[asset.endpoint]]``; None when it has a fault."""
    endpoints = tuple(
        read_endpoint(one, demonstration=demonstration) for one in table.tables("endpoint", "endpoint")
    )
    asset = Asset(
        id=AssetId(table.word("id")),
        name=table.name("name"),
        zone=ZoneId(table.word("zone")),
        owner=table.text("owner"),
        criticality=table.choice("criticality", Criticality),
        consequence=table.text("consequence"),
        protect=table.text("protect"),
        keep_available=table.text("keep_available"),
        bears=_bears(table),
        depends_on=frozenset(AssetId(one) for one in table.words("depends_on", optional=True)),
        replica=AssetId(table.word("replica")) if table.has("replica") else None,
        writers=table.at_once("writers"),
        sessions=table.at_once("sessions"),
        endpoints=tuple(one for one in endpoints if one is not None),
    )
    ports = [one.port for one in asset.endpoints]
    protocols = [str(one.protocol) for one in asset.endpoints]
    for values, what in ((ports, "port"), (protocols, "protocol")):
        if len(set(values)) != len(values):
            table.fault(
                "endpoint",
                f"two of its endpoints have the same {what}.",
                "A request names an endpoint by it; describe a second machine as an asset of its own.",
            )
    terminals = [str(one.protocol) for one in asset.endpoints if one.protocol in TERMINALS]
    if len(set(terminals)) > 1:
        table.fault(
            "endpoint",
            f"a shell could lead to its {' and to its '.join(terminals)}.",
            "Leave the better one; describe the other as an asset of its own if it is needed.",
        )
    return asset if table.done() and None not in endpoints else None


def read_endpoint(table: Table, *, demonstration: bool) -> Endpoint | None:
    """One ``[[asset.endpoint]]``; None when it has a fault."""
    protocol = table.choice("protocol", Protocol)
    where = read_address(table, demonstration=demonstration)
    port = table.number("port", 1, 65535)
    authority = table.text("host_authority") if table.has("host_authority") else ""
    keys = table.texts("host_keys", optional=protocol is not Protocol.SSH or bool(authority))
    for field, given in (("host_keys", keys), ("host_authority", authority)):
        if given and protocol is not Protocol.SSH:
            table.fault(field, "only an SSH endpoint has host keys.", f"Remove '{field}'.")
    pinned = tuple(read_key(table, "host_keys", key) for key in keys)
    signs = read_key(table, "host_authority", authority) if authority else ""
    line, web = read_line(table, protocol), read_web(table, protocol)
    certificate = _certificate(table, protocol)
    return Endpoint(protocol, where, port, pinned, line, certificate, web, signs) if table.done() else None


def _certificate(table: Table, protocol: Protocol) -> str:
    lines = table.texts("certificate", optional=True)
    if lines and protocol is not Protocol.OPC_UA:
        table.fault("certificate", "only an OPC UA endpoint has a certificate.", "Remove 'certificate'.")
    try:
        return certificate(lines) if lines else ""
    except UnusableError as unusable:
        table.fault("certificate", unusable.fact, unusable.remedy)
        return ""


def read_key(table: Table, field: str, line: str) -> str:
    """An OpenSSH public key of the list ``field``; empty when it has a fault."""
    try:
        return public_key(line)
    except UnusableError as unusable:
        table.fault(field, unusable.fact, unusable.remedy, line)
        return ""


def _carries(table: Table) -> Mapping[Protocol, frozenset[Action]]:
    inner = table.table("protocols", "protocols")
    carries: dict[Protocol, frozenset[Action]] = {}
    if inner is not None:
        known = [name for name in inner.names() if name in set(Protocol)]
        carries = {Protocol(name): inner.choices(name, Action) for name in known}
    if inner is None or not inner.names():  # one that is none of the protocols has a fault of its own below
        table.fault(
            "protocols" if inner else "",
            "it names no protocol that passes.",
            'Add [conduit.protocols] with a line for each: ssh = ["view", "operate"]. '
            f"The protocols are: {', '.join(Protocol)}.",
        )
    if inner is not None and not inner.done(kinds=Protocol):
        table.sound = False
    return carries


def _bears(table: Table) -> Mapping[OperatingState, str]:
    told = table.sound
    inner = table.table("bears", "bears")
    if inner is None and told and not table.sound:
        return {}
    if inner is None or not inner.names():
        table.fault(
            "bears" if inner else "",
            "it does not say what change it can bear, and when.",
            'Add bears = { maintenance = "settings, after a backup" }; a state left out bears none.',
        )
        return {}
    bears = {OperatingState(name): inner.text(name) for name in inner.names() if name in set(OperatingState)}
    if not inner.done(kinds=OperatingState):
        table.sound = False
    return bears


def _only_outbound(table: Table, conduit: Conduit) -> None:
    """An outbound conduit may hold nothing that has to send something in to work at all."""
    for grant in sorted(conduit.grants):
        if grant.kind is not PassageKind.FORWARD:
            table.fault(
                "grants",
                f"'{grant}' sends something into the zone, and this conduit is outbound only.",
                "Leave only forwards to ports that send by themselves, or make a second conduit.",
                str(grant),
            )
    if conduit.protocols & TERMINALS or conduit.actions - {Action.VIEW}:
        table.fault(
            "protocols",
            "an outbound conduit can't carry ssh or another terminal, nor anything but 'view'.",
            'Write the protocol that the asset sends by itself, for "view" only.',
        )


def _grants(table: Table) -> frozenset[Grant]:
    grants = set()
    for text in table.texts("grants"):
        try:
            grants.add(Grant.of(text))
        except ValueError:
            remedy = (
                "It may be shell, exec, sftp, scp, rsync, zmodem, each of the last four with :get or :put for one direction, "
                "forward (the asset's own ports) or forward:502 (one port)."
            )
            if text.lower() in set(Protocol):
                remedy = (
                    f"Protocols stand in [conduit.protocols]; what is done over one stands here. {remedy}"
                )
            table.fault("grants", f"'{text:.40}' is not something a conduit can let through.", remedy, text)
    return frozenset(grants)


def read_address(table: Table, *, demonstration: bool) -> IPv4Address | IPv6Address:
    """The field ``address``: a literal, never a name."""
    text = table.text("address")
    if not text:
        return NOWHERE
    try:
        return address(text, demonstration=demonstration)
    except UnusableError as unusable:
        table.fault("address", unusable.fact, unusable.remedy)
        return NOWHERE
