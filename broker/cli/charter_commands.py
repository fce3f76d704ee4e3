"""``penstock charter check``, ``void``, ``explain``: is it sound, who decides, what would it say to this wish?"""

from collections.abc import Sized
from dataclasses import asdict
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import click

from broker.cli.answer import NO, fail, json_option, node_option, plainly, tell
from broker.cli.charter_choice import asked_of, folder_option
from broker.clock import SystemClock
from broker.exit_status import REFUSED
from broker.layout import Layout, charter_files_in
from broker.watchdog.interlocks import Interlocks
from broker.watchdog.kill_switch import ask_watchdog
from domain.access import AccessRequest, Action, Allow, ConnectionMethod, Deny, Grant, Stated
from domain.attestation import Statement
from domain.errors import PenstockError
from domain.ids import AssetId, PersonId, ZoneId
from domain.limits import limit_texts, limits_of
from domain.plant import OperatingState
from domain.window import TimeWindow
from policies.charter.asset_import import draft_of
from policies.charter.charter import Charter
from policies.charter.documents import CharterError, read_charter
from policies.charter.lint import lint
from policies.charter.pathways import inventory
from policies.charter.tolerated import tolerance, tolerated, tolerating
from policies.charter.void import Void, void_report
from policies.charter.void_export import report_csv, report_document
from policies.charter.void_fold import Ways, ways
from policies.charter.where import where
from policies.charter.wording import UnusableError
from policies.engine import decide, findings
from policies.explain import rows, table
from policies.facts import Facts
from policies.tenure import LastUse
from policies.tools import by_method, selectable

VERSIONS = {
    "apply": "charter_versions:apply",
    "diff": "charter_versions:diff",
    "impact": "charter_history:impact",
    "findings": "charter_findings:findings",
    "denials": "charter_findings:denials",
    "who-could": "charter_history:who_could",
}
"""Commands about versions and the ledger, imported when they are called: these take long to load."""


class CharterCommands(click.Group):
    """The group's own commands, and those of ``VERSIONS``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All of them, by name."""
        return sorted([*super().list_commands(ctx), *VERSIONS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The one of this name."""
        if cmd_name not in VERSIONS:
            return super().get_command(ctx, cmd_name)
        module, _, name = VERSIONS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"broker.cli.{module}"), name)
        return command


@click.group(cls=CharterCommands)
def charter() -> None:
    """Check the charter, ask it questions, and put a new version in force."""


@charter.command(epilog="Example: penstock charter check ./charter")
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@node_option
@json_option
@plainly
def check(layout: Layout, folder: Path | None, *, as_json: bool) -> None:
    """Say whether the charter in FOLDER (by default the node's own) can be used.

    Every fault is named with file, line and remedy. Exit 1 when there is one.
    """
    try:
        files = charter_files_in(folder or layout.charter)
        read = read_charter(files)
    except CharterError as error:
        faults = [str(fault) for fault in error.faults]
        tell(
            {"sound": False, "faults": [_fault(fault) for fault in error.faults]},
            [*faults, f"{_count(faults, 'fault')}: this charter can't be used."],
            as_json=as_json,
        )
        raise SystemExit(NO) from None
    now = SystemClock().now()
    found = [(one, *where(one, files, read.files)) for one in lint(read, now)]
    excepted, ways = tolerated(read, now), inventory(read, now)
    lifted = [tolerating(read, one, now) for one, _, _ in found]
    tell(
        {
            "sound": True,
            "digest": read.digest.hex(),
            "findings": [
                {**asdict(one), "file": file, "line": line, "exception": None if by is None else by.id}
                for (one, file, line), by in zip(found, lifted, strict=True)
            ],
            "exceptions": [one.document() for one in excepted],
            "pathways": ways.document(),
        },
        [
            f"{ways.line()}.",
            *(one.sentence for one in ways.ungoverned),
            *(one.sentence for one in excepted),
            *(
                f"{f'{file}:{line}: ' if line else ''}[{one.code}]{' note,' if one.note else ''} {one.subject}: "
                f"{one.sentence} {f'What to do: {one.remedy}' if by is None else tolerance(by)}"
                for (one, file, line), by in zip(found, lifted, strict=True)
            ),
            f"The charter of {read.organisation.name} can be used.",
            ", ".join(
                _count(them, one, many)
                for them, one, many in (
                    (read.sites, "site", ""),
                    (read.zones, "zone", ""),
                    (read.conduits, "conduit", ""),
                    (read.assets, "asset", ""),
                    (read.vendors, "vendor", ""),
                    (read.people, "person", "people"),
                )
            ),
            f"digest {read.digest.hex()}",
        ],
        as_json=as_json,
    )


def _count(them: Sized, one: str, many: str = "") -> str:
    return f"{len(them)} {one if len(them) == 1 else many or one + 's'}"


def _fault(fault: object) -> dict[str, object]:
    return {name: getattr(fault, name) for name in ("file", "line", "fact", "remedy")}


@charter.command(
    name="import-assets", epilog="Example: penstock charter import-assets known_services.log > draft.toml"
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@node_option
@json_option
@plainly
def import_assets(file: Path, layout: Layout, *, as_json: bool) -> None:
    """Draft assets.toml out of FILE: CSV, or the JSON of Zeek, runZero or Nozomi. Writes nothing; prints.

    What the charter has already, and what no charter can hold, is left out, each with its reason.
    """
    read = read_charter(layout.charter_files())
    known = {
        (str(one.address), one.port): asset.id for asset in read.assets.values() for one in asset.endpoints
    }
    zones = {name.casefold(): zone.id for zone in read.zones.values() for name in (zone.id, zone.name)}
    try:
        made = draft_of(file.read_bytes(), known=known, zones=zones, taken=read.assets)
    except UnusableError as unusable:
        fail(unusable.fact, unusable.remedy)
    tell(made.document(), list(made.lines()), as_json=as_json)


@charter.command(epilog="Example: penstock charter void --csv --dir /srv/penstock > voids.csv")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, for a spreadsheet.")
@folder_option
@node_option
@json_option
@plainly
def void(layout: Layout, folder: Path | None, *, as_csv: bool, as_json: bool) -> None:
    """List every decision right that is vacant, expired, unattested, in conflict or rests on one person.

    With whom it is escalated to, and when. Of the version in force on the node; with --folder, of a
    draft. Exit 1 when there is one.
    """
    # Here, because other commands take their words from this file and have no use for a ledger.
    from broker.charter.age import in_effect_since  # noqa: PLC0415
    from broker.charter.attestations import read_attestations  # noqa: PLC0415
    from broker.charter.trust_files import TrustFiles  # noqa: PLC0415
    from broker.people.factors import SpentSteps  # noqa: PLC0415
    from recorder.ledger.reader import LogReader  # noqa: PLC0415

    asked, now = asked_of(layout, folder), SystemClock().now()
    written = asked.charter
    said: tuple[Statement, ...] = ()
    if layout.approvers.exists():  # a folder may be asked where there is no node
        trust, spent = TrustFiles(layout, with_codes=False)(), SpentSteps(layout.spent_steps)
        said = read_attestations(layout.attestations, trust, spent.spent_on)
    read = written.attested(said)
    report = void_report(read, now, loaded=in_effect_since(LogReader(layout.ledger), read.digest))
    names = read.names()
    if as_csv:
        click.echo(report_csv(report, names), nl=False)
    else:
        lines = [line for one in report.voids for line in _void_lines(one, read)]
        found = len(report.voids)
        shut = sum(one.refuses for one in report.voids)
        total = f"{found} {'void' if found == 1 else 'voids'}, {shut} of which refuse."
        tell(
            {**report_document(report, names), "charter": asked.document()},
            [asked.line(), *lines, total if found else "Every right has a holder, a deputy and an arbiter."],
            as_json=as_json,
        )
    if report.voids:
        raise SystemExit(NO)


def _void_lines(one: Void, read: Charter) -> list[str]:
    told = [
        f"{step.level} {read.people[step.person].name if step.person else 'nobody named'}"
        f" {step.at:%Y-%m-%d %H:%M} UTC{f' ({step.contact})' if step.contact else ''}"
        for step in one.steps
    ]
    shut = ways(read, one.affects) if one.refuses and one.affects else Ways("", ())
    return [
        f"[{one.kind}] {one.sentence}{f' Shuts {shut.said}.' if shut.said else ''}",
        f"    since {one.since:%Y-%m-%d %H:%M} UTC; with the {'; '.join(told)}",
    ]


@charter.command(epilog="Example: penstock charter explain ana eng-ws-1 shell --for 2h --state maintenance")
@click.argument("person")
@click.argument("asset")
@click.argument("passages", nargs=-1, required=True)
@click.option("--action", "actions", multiple=True, type=click.Choice([str(one) for one in Action]))
@click.option("--limit", "limits", multiple=True, help="Where, and within which bounds; may be repeated.")
@click.option("--for", "hours", default="1h", show_default=True, help="How long: 90m, 2h.")
@click.option(
    "--state",
    type=click.Choice([str(one) for one in OperatingState]),
    help="Suppose the asset's zone were in this state; else the running node is asked.",
)
@folder_option
@node_option
@json_option
@plainly
def explain(
    person: str,
    asset: str,
    passages: tuple[str, ...],
    actions: tuple[str, ...],
    limits: tuple[str, ...],
    hours: str,
    state: str | None,
    folder: Path | None,
    layout: Layout,
    *,
    as_json: bool,
) -> None:
    """Say what every rule thinks of PERSON asking now for PASSAGES (shell, exec, sftp, forward:502) to ASSET.

    By the version in force on the node; with --folder, by a draft. Exit 0 when the wish could be approved, 77 when it is refused.
    """
    asked = asked_of(layout, folder)
    read = asked.charter
    now = SystemClock().now().replace(microsecond=0)
    asker = read.people.get(PersonId(person))
    vendor = read.vendors.get(asker.vendor) if asker and asker.vendor else None
    try:
        request = AccessRequest(
            person=PersonId(person),
            asset=AssetId(asset),
            passage=tuple(Grant.of(text) for text in passages),
            actions=frozenset(Action(text) for text in actions or ("view",)),
            limits=frozenset(limit_texts(limits_of(limits))),
            source="local",
            window=TimeWindow(now, now + length_of(hours)),
            tools=by_method(read, selectable(read, vendor) if vendor else (), ConnectionMethod.SSH),
            networks=frozenset(vendor.networks) if vendor else frozenset(),
            method=ConnectionMethod.SSH,
            stated=Stated("explained", "explained", "explained", "explained"),
        )
    except ValueError as error:
        fail(str(error), "See `penstock charter explain --help`.", status=2)
    facts = Facts(
        now=now,
        charter=read,
        states=_states(layout, request, read.assets.get(AssetId(asset)), state),
        isolated=frozenset(),
        revoked=frozenset(),
        standings=(),
        faults=(),
        last_use=LastUse(now, {}),  # the charter is explained, not the ledger
    )
    decision = decide(request, facts, read.rules)
    found = findings(request, facts, read.rules)
    tell(
        {"decision": type(decision).__name__, "rules": rows(found), "charter": asked.document()},
        [asked.line(), *table(found).splitlines(), f"Decision: {_words(decision)}"],
        as_json=as_json,
    )
    if isinstance(decision, Deny):
        raise SystemExit(REFUSED)


def _words(decision: object) -> str:
    match decision:
        case Deny(reasons=reasons):
            return "refused. " + (reasons[0].sentence if reasons else "No rule had anything to say.")
        case Allow():
            return "allowed."
        case _:
            return "may be asked for; a holder must approve."


def _states(
    layout: Layout, _request: AccessRequest, asset: object, supposed: str | None
) -> dict[ZoneId, OperatingState]:
    zone = getattr(asset, "zone", None)
    if supposed is not None:
        return {zone: OperatingState(supposed)} if zone is not None else {}
    try:
        answer = ask_watchdog(layout, {"do": "show"})
        return dict(Interlocks.of(answer["interlocks"]).states)
    except PenstockError:
        return {}  # unknown: the rule says so, and refuses


def length_of(text: str) -> timedelta:
    """A length of time as people write it: ``90m``, ``2h``; ValueError for anything else."""
    unit = {"m": 60, "h": 3600}.get(text[-1:])
    number = text[:-1]
    if unit is None or not (number.isascii() and number.isdigit()) or not 0 < int(number) <= 10_000:
        raise ValueError(f"{text!r} is not a length of time such as 90m or 2h")
    return timedelta(seconds=int(number) * unit)
