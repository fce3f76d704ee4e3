"""What an approver is shown: one text, generated from the permit's own bytes.

WebAuthn has no trusted display, so the text's digest is kept in the approval: whoever renders the
stored permit again must get the same text.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.access import Action, Flow, Grant, PassageKind
from domain.permit import Permit
from domain.plant import Direction, OperatingState

OUTBOUND = Direction.OUTBOUND
NOTHING = "the plant has written nothing down"
PASSAGES = {
    PassageKind.SHELL: "type commands in a terminal",
    PassageKind.EXEC: "run single commands",
    PassageKind.SFTP: "move files both ways (sftp)",
    PassageKind.SCP: "copy files both ways (scp)",
    PassageKind.RSYNC: "bring folders in line both ways (rsync)",
    PassageKind.ZMODEM: "move files both ways inside a terminal (zmodem)",
    PassageKind.FORWARD: "connect a tool of their own to a port of the machine",
}
ACTIONS = {
    Action.VIEW: "look",
    Action.OPERATE: "operate",
    Action.CONFIGURE: "change the configuration",
    Action.OVERRIDE: "override protections",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What the charter calls the things that a permit names by id."""

    site: str
    person: str
    vendor: str
    asset: str
    zone: str
    conduit: str
    time_zone: str
    """The plant's own IANA zone."""
    consequence: str
    """What could go wrong at this asset, in the plant's words."""
    safety: bool = False
    protect: str = ""
    """What is to be protected at this asset."""
    keep_available: str = ""
    """What must go on whatever is done."""
    bears: Mapping[OperatingState, str] = field(default_factory=dict)
    """What change it can bear, by operating state."""
    safety_function: str = ""
    safety_harm: str = ""
    key_switch: str = ""
    not_recordable: str = ""
    """That tunnels may run in it which nobody can read, in a sentence; empty where the charter allows none."""


def shown(permit: Permit, names: Names) -> str:
    """The text, one fact a line; the same bytes and names always give the same text."""
    permit = Permit.of(permit.canonical())
    window = permit.window
    lines = [
        f"{_plain(names.person)} ({permit.person}) of {_plain(names.vendor)} ({permit.vendor})",
        f"asks for access to {_plain(names.asset)} ({permit.asset})",
        f"in the zone {_plain(names.zone)}{', a SAFETY zone' if names.safety else ''},",
        f"at {_plain(names.site)} ({permit.site}),",
        f"through the conduit {_plain(names.conduit)} ({permit.conduit}).",
        "",
        f"Purpose: {_plain(permit.purpose)}",
        f"Work order: {_plain(permit.work_order) or 'none'}",
        f"To undo it: {_plain(permit.back_out) or 'nothing is said'}",
        f"It has gone wrong when: {_plain(permit.failure) or 'nothing is said'}",
        f"With: {', '.join(sorted(permit.tools))}, by {permit.method}, from {', '.join(sorted(permit.networks))}",
        *(f"  key: {_plain(key)}" for key in sorted(permit.keys)),
        f"May: {', '.join(ACTIONS[action] for action in Action if action in permit.actions)}",
        *(f"  by: {_passage(grant)}" for grant in sorted(permit.grants)),
        *([_plain(names.not_recordable)] if names.not_recordable else []),
        *(["Over the protocols named here only:"] if permit.limits else []),
        *(f"  {_plain(limit)}" for limit in sorted(permit.limits)),
        f"From: {_local(window.start, names.time_zone)}",
        f"Until: {_local(window.end, names.time_zone)}, that is for {_length(window.length)}",
        f"Only while the zone is in: {', '.join(sorted(permit.states))}",
        *(["Only out of the machine: nothing can be sent to it."] if permit.direction is OUTBOUND else []),
        f"What could go wrong: {_plain(names.consequence) or NOTHING}",
        f"To protect: {_plain(names.protect) or NOTHING}",
        f"Must stay available: {_plain(names.keep_available) or NOTHING}",
        "Change it can bear:",
        *(f"  {state}: {_plain(names.bears.get(state, 'none'))}" for state in sorted(permit.states)),
        *_safety(permit, names),
        "",
        *([f"Inside the standing template, SHA-256 {permit.template}."] if permit.template else []),
        f"Narrows the permit {permit.narrows}." if permit.narrows else "Narrows no other permit.",
        f"Permit {permit.id}, SHA-256 {permit.digest().hex()}",
    ]
    return "\n".join(lines) + "\n"


def _safety(permit: Permit, names: Names) -> list[str]:
    if not permit.safety_record:
        return []
    return [
        f"Safety function: {_plain(names.safety_function)}",
        f"  could be harmed: {_plain(names.safety_harm)}",
        f"  configuration switch: {_plain(names.key_switch)}",
        f"  as signed, SHA-256 {permit.safety_record}",
    ]


def shown_digest(permit: Permit, names: Names) -> bytes:
    """SHA-256 of the text in UTF-8: what ``Approval.shown_digest`` must be."""
    return hashlib.sha256(shown(permit, names).encode()).digest()


FLOWS = {Flow.GET: "out of the machine only", Flow.PUT: "to the machine only"}


def _passage(grant: Grant) -> str:
    words = PASSAGES[grant.kind]
    if grant.flow:
        return words.replace("both ways", FLOWS[grant.flow])
    if grant.kind is not PassageKind.FORWARD:
        return words
    return f"{words}: {f'port {grant.port}' if grant.port else 'any that the charter names'}"


def _local(instant: datetime, zone: str) -> str:
    try:
        local = instant.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return f"{instant.astimezone(UTC):%A %Y-%m-%d %H:%M:%S} UTC"
    offset = local.strftime("%z")
    return f"{local:%A %Y-%m-%d %H:%M:%S} {zone} (UTC{offset[:3]}:{offset[3:]})"


def _length(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (seconds, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def _plain(text: str) -> str:
    # Bidirectional controls and other invisible characters could make one text look like another.
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)
