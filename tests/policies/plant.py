"""A small plant to decide about: the demonstration charter, filled in, and requests around one permit."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from domain.access import AccessRequest, Action, ConnectionMethod, Grant, PassageKind, Stated
from domain.ids import AssetId, ConduitId, PermitId, PersonId, SiteId, ToolId, VendorId, ZoneId
from domain.permit import Permit, PermitState
from domain.plant import OperatingState
from domain.proof import ProofKind
from domain.rights import DecisionRight
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.charter.documents import FILES, read_charter
from policies.facts import Facts, Standing, VerifiedApproval
from policies.rule import Refuse, Rule
from policies.state_rules import StateRules
from policies.state_table import KEYS, REFUSED, Cell, Outcome, StateTable
from policies.tenure import LastUse

SAMPLE = Path(__file__).parents[2] / "broker" / "demo" / "charter"

NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
OPENS = NOW - timedelta(hours=1)
CLOSES = NOW + timedelta(hours=3)
SECOND = timedelta(seconds=1)
MICRO = timedelta(microseconds=1)

CONTRACT_ENDS = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
"""Midnight of 1 January 2027 in Amsterdam."""

SHELL = Grant(PassageKind.SHELL)
PERMIT = PermitId("a" * 26)
KEY = "SHA256:" + "k" * 43
STATED = Stated("Replace the drive profile", "WO-4711", "Load the old profile", "The drive trips")


def ed25519_line(seed: int, comment: str = "") -> str:
    """A public key line of the right form; nobody has the private half."""
    blob = b"".join(len(part).to_bytes(4) + part for part in (b"ssh-ed25519", bytes([seed]) * 32))
    return f"ssh-ed25519 {b64encode(blob).decode()} {comment}".strip()


PLACEHOLDERS: Mapping[str, str] = {
    "address": "127.0.0.1",
    "port_eng_ws_1": "2201",
    "port_hmi_1": "8081",
    "port_plc_07": "5020",
    "port_gateway_1": "2202",
    "port_historian": "2203",
    "port_sis_1": "5021",
    "host_key_eng_ws_1": ed25519_line(1),
    "host_key_gateway_1": ed25519_line(2),
    "host_key_historian": ed25519_line(3),
    "ssh_key_ana": ed25519_line(11, "ana@brightwater"),
    "ssh_key_ben": ed25519_line(12),
    "vendor_network": "192.0.2.0/24",
    "vendor_network_6": "2001:db8:17::/48",
    "valid_from": "2026-01-01",
    "valid_until": "2027-01-01",
}
"""Everything that whoever uses the sample charter must fill in."""


def files(**filled: str) -> dict[str, bytes]:
    """The sample charter's files, with ``filled`` in place of the test's own values."""
    values = {**PLACEHOLDERS, **filled}
    return {name: Template((SAMPLE / name).read_text()).substitute(values).encode() for name in FILES}


def edited(name: str, old: str, new: str, given: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """The sample's files with the first ``old`` in file ``name`` replaced; it must be there."""
    found = dict(given or files())
    text = found[name].decode()
    assert old in text, f"{name} holds no {old!r}"
    return {**found, name: text.replace(old, new, 1).encode()}


@cache
def charter() -> Charter:
    """The sample charter, read once."""
    return read_charter(files())


def charter_with(**changes: Any) -> Charter:
    """The sample charter with other values in some of its fields; its digest stays."""
    sample = charter()
    names = [one.name for one in fields(Charter) if one.init]
    return Charter(**{name: changes.get(name, getattr(sample, name)) for name in names})


def every_state_allows() -> StateRules:
    """Rules under which only isolation refuses; for tests that are about something else."""
    cells = {key: REFUSED if key[0] is OperatingState.ISOLATED else Cell(Outcome.ALLOW) for key in KEYS}
    return StateRules(StateTable(cells), timedelta(minutes=15))


def two_sites() -> Charter:
    """The sample charter with the pumping zone on a second site, whose people read another clock."""
    second = '[[site]]\nid = "hilltop"\nname = "Hilltop Station"\ntime_zone = "America/Chicago"\n'
    given = files()
    given["sites.toml"] += f"\n{second}".encode()
    pumping = 'name = "Pumping station"\nsite = '
    return read_charter(edited("zones.toml", pumping + '"riverside"', pumping + '"hilltop"', given))


def permit(**changes: Any) -> Permit:
    """Ana's permit for a shell on eng-ws-1, open at NOW."""
    sample = Permit(
        id=PERMIT,
        site=SiteId("riverside"),
        person=PersonId("ana"),
        vendor=VendorId("brightwater"),
        asset=AssetId("eng-ws-1"),
        conduit=ConduitId("dmz-operations"),
        grants=frozenset({SHELL}),
        actions=frozenset({Action.VIEW, Action.OPERATE}),
        window=TimeWindow(OPENS, CLOSES),
        time_zone="Europe/Amsterdam",
        states=frozenset({OperatingState.RUNNING, OperatingState.MAINTENANCE}),
        purpose="Replace the drive profile",
        work_order="WO-4711",
        back_out="Load the old profile",
        failure="The drive trips",
        tools=frozenset({ToolId("openssh")}),
        method=ConnectionMethod.SSH,
        keys=frozenset({KEY}),
        networks=frozenset({"192.0.2.0/24"}),
        charter_digest=charter().digest,
        requested_at=NOW - timedelta(hours=2),
        nonce=bytes(16),
    )
    return replace(sample, **changes)


def approval(**changes: Any) -> VerifiedApproval:
    """The plant manager's yes, by passkey."""
    sample = VerifiedApproval(
        DecisionRight.CONNECT, PersonId("petra"), ProofKind.PASSKEY, NOW - timedelta(minutes=90)
    )
    return replace(sample, **changes)


def standing(
    state: PermitState = PermitState.APPROVED,
    approvals: tuple[VerifiedApproval, ...] | None = None,
    **changes: Any,
) -> Standing:
    """The permit above, approved; ``changes`` go into the permit."""
    return Standing(permit(**changes), state, (approval(),) if approvals is None else approvals)


def facts(**changes: Any) -> Facts:
    """A sound node, every zone running, one approved permit."""
    given: dict[str, Any] = {
        "now": NOW,
        "charter": charter(),
        "states": {ZoneId(zone): OperatingState.RUNNING for zone in charter().zones},
        "isolated": frozenset(),
        "revoked": frozenset(),
        "standings": (standing(),),
        "faults": (),
        "last_use": LastUse(OPENS - timedelta(days=100), {PersonId("ana"): NOW - timedelta(days=1)}),
    }
    return Facts(**{**given, **changes})


def wanting(passage: tuple[Grant, ...] = (SHELL,), **changes: Any) -> AccessRequest:
    """Ana at the door, wanting a shell on eng-ws-1 now."""
    sample = AccessRequest(
        person=PersonId("ana"),
        asset=AssetId("eng-ws-1"),
        passage=passage,
        actions=frozenset({Action.VIEW, Action.OPERATE}),
        source="192.0.2.7",
        client="SSH-2.0-OpenSSH_9.6p1 Debian-4",
        key=KEY,
        method=ConnectionMethod.SSH,
        stated=STATED,
    )
    return replace(sample, **changes)


def asking(passage: tuple[Grant, ...] = (SHELL,), **changes: Any) -> AccessRequest:
    """Ana asking for a permit for the next four hours."""
    return wanting(passage, **{"window": TimeWindow(NOW, NOW + timedelta(hours=4)), **changes})


def word(rule: Rule, request: AccessRequest, given: Facts) -> str:
    """A rule's verdict in one word: accept, abstain, require, or the code of its refusal."""
    verdict = rule.judge(request, given)
    return verdict.code if isinstance(verdict, Refuse) else type(verdict).__name__.lower()
