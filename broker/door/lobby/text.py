"""What the lobby says, in at most 80 columns, with nothing in it that a terminal could act upon. Pure."""

import json
import textwrap
from collections.abc import Callable, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from broker.door.seams import Filed
from domain.access import PassageKind
from domain.canonical import Json, instant_text
from domain.ids import AssetId
from policies.unrecorded import Plant, said, unrecorded
from recorder.replay import inert

COLUMNS = 80
PROMPT = "penstock> "

HELP = """\
permits [--json]            your permits, newest first
assets [--json]             what you may ask for, and the ways into each
known-hosts                 a line for your known_hosts, to jump by ssh -J
certificate PERMIT          your key, certified for that permit: no code is
                            asked for until it ends. Into a file beside it:
                            ssh you@gate certificate PERMIT > id-cert.pub
ask ASSET --for 2h --purpose what you will do [--work-order W-123]
    [--back-out how it is undone] [--failure what would be seen first]
    [--in 30m] [--with shell,sftp] [--action operate] [--tool ID] [--conduit ID]
    [--state maintenance] [--limit modbus read coils 0-9; ...]
                            ask for a permit; a person at the plant decides
wait [PERMIT]               wait until it is decided
withdraw PERMIT             take it back
                            (no permit can be extended: ask for a new one)
unlock [MINUTES]            let this key in from your address without a code,
                            for programs that can't type one; at most 15
sessions [--json]           your sessions that run, and which of them are locked
unlock SESSION              let a locked one go on; sign in for it:
                            ssh you@gate unlock SESSION
confirm SESSION [ID]        what of it waits for a proof of its own; let it pass
                            once: ssh you@gate confirm SESSION ID
notice PERSON [reassigned]  somebody of your company needs access no longer:
                            at once, or from the end of the next day on
quit                        leave
To work on an asset once a permit is approved: ssh you+ASSET@gate,
or with tools that know no user name like this: ssh -J you@gate ASSET
"""


def greeting(name: str, organisation: str, *, demonstration: bool) -> str:
    """The first lines of an interactive lobby."""
    lines = [
        f"Welcome to the lobby of {inert(organisation)}, {inert(name)}. Say 'help' for what you can do here."
    ]
    if demonstration:
        lines.append("This is a demonstration plant: nothing here is real.")
    return wrapped(lines)


def wrapped(lines: Iterable[str]) -> str:
    """Lines of any length as lines of at most eighty columns."""
    return "".join(f"{part}\n" for line in lines for part in textwrap.wrap(line, COLUMNS) or [""])


def permits(
    filed: Iterable[Filed],
    zone_of: Callable[[AssetId], str],
    lapses: Callable[[Filed], datetime | None] = lambda _one: None,
    unread: Callable[[Filed], str] = lambda _one: "",
) -> str:
    """A person's permits, two or three lines each; times on the clock of each asset's site.

    ``lapses`` says when one ends by itself, undecided or unused; ``unread`` what of it nobody could read.
    """
    lines = []
    for one in filed:
        permit = one.permit
        zone = zone_of(permit.asset)
        last = lapses(one)
        until = "" if last is None else f", lapses {moment(last, zone)}"
        lines.append(f"{permit.id}  {one.state}{until}")
        window = f"{moment(permit.window.start, zone)} to {moment(permit.window.end, zone)}"
        lines.append(f"    {permit.asset}, {window}")
        grants = ", ".join(sorted(map(str, permit.grants)))
        if word := unread(one):
            lines += textwrap.wrap(word, COLUMNS - 4, initial_indent="    ", subsequent_indent="    ")
        for limit in sorted(permit.limits):
            lines += textwrap.wrap(
                f"only {inert(limit)}", COLUMNS - 4, initial_indent="    ", subsequent_indent="      "
            )
        lines.extend(
            textwrap.wrap(
                f"{grants}: {inert(permit.purpose)}",
                COLUMNS - 4,
                initial_indent="    ",
                subsequent_indent="    ",
            )
        )
    return (
        "".join(f"{line}\n" for line in lines) or "You have no permits. Say 'help' for how to ask for one.\n"
    )


def unread_by(charter: Plant) -> Callable[[Filed], str]:
    """What of a permit nobody could read, in a sentence; empty where there is nothing."""
    return lambda one: said(unrecorded(charter, one.permit.conduit, one.permit.asset, one.permit.grants))


def way_in(one: Filed) -> str:
    """What to type to use a permit."""
    permit = one.permit
    ports = sorted(grant.port for grant in permit.grants if grant.kind is PassageKind.FORWARD)
    if len(ports) < len(permit.grants) or not all(ports):
        return f"ssh {permit.person}+{permit.asset}@gate"
    forwards = (f"-L {_unprivileged(port)}:{permit.asset}:{port}" for port in ports)
    return f"ssh -N {' '.join(forwards)} {permit.person}@gate"


def _unprivileged(port: int) -> int:
    return port if port >= 1024 else port + 10_000  # below 1024 most engineers may not listen


def permits_json(filed: Iterable[Filed]) -> str:
    """The same for machines: one JSON array on one line."""
    return json.dumps([permit_document(one) for one in filed], ensure_ascii=True) + "\n"


def permit_document(one: Filed) -> dict[str, Json]:
    """One permit as the lobby's JSON shows it."""
    permit = one.permit
    return {
        "permit": permit.id,
        "state": str(one.state),
        "asset": permit.asset,
        "conduit": permit.conduit,
        "grants": sorted(map(str, permit.grants)),
        "actions": sorted(map(str, permit.actions)),
        "limits": sorted(permit.limits),
        "start": instant_text(permit.window.start),
        "end": instant_text(permit.window.end),
        "purpose": permit.purpose,
        "work_order": permit.work_order,
        "back_out": permit.back_out,
        "failure": permit.failure,
        "tools": sorted(permit.tools),
    }


def moment(at: datetime, zone: str) -> str:
    """An instant as the plant's people read it."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}"
