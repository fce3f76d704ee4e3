"""``penstock charter diff`` and ``apply``: what a new version changes, and putting it in force by signature."""

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import NoReturn

import click

from broker.charter import store
from broker.charter.desk import CharterDesk
from broker.charter.trust_files import TrustFiles
from broker.cli.answer import NO, fail, json_option, local_name, node_option, plainly, tell
from broker.cli.charter_history import weighed
from broker.cli.signing import signed_by_tool
from broker.clock import SystemClock
from broker.layout import Layout, charter_files_in
from broker.ledger import append_now
from broker.settings import read_settings
from domain.errors import PenstockError
from domain.ids import PersonId
from policies.charter.application import NAMESPACE, Application, Signature
from policies.charter.change import Difference, Effect, compare
from policies.charter.charter import Charter
from policies.charter.consent import summary
from policies.charter.continuity import breaches
from policies.charter.documents import CharterError, read_charter
from policies.charter.impact import Impact

MOST_FLIPS = 20
HEADS = {Effect.RELAXING: "Relaxes", Effect.TIGHTENING: "Tightens", Effect.NEUTRAL: "Neither"}


def charter_named(layout: Layout, name: str) -> Charter:
    """A charter by a folder's path, a version's number, or ``in-force``; PenstockError when there is none."""
    if Path(name).is_dir():
        return read_charter(charter_files_in(Path(name)))
    number = store.latest(layout) if name == "in-force" else int(name) if name.isdigit() else 0
    if name == "in-force" and not number:
        raise PenstockError(
            "No version of the charter is in force yet.",
            remedy="Put the first one in force with `penstock charter apply`, or compare two folders.",
        )
    if not 0 < number <= store.latest(layout):
        raise PenstockError(
            f"There is no charter {name!r}: neither a folder nor an applied version.",
            remedy="Name a folder, a version's number, or in-force.",
        )
    return store.version(layout, store.application(layout, number).proposal.charter)


def in_words(differences: tuple[Difference, ...]) -> list[str]:
    """Every difference as a line, under the boundary that it is about and what it does there."""
    lines: list[str] = []
    boundaries = dict.fromkeys(one.boundaries for one in differences)
    for about in boundaries:
        here = [one for one in differences if one.boundaries == about]
        lines.append(f"Over {', '.join(about)}:")
        for effect, head in HEADS.items():
            lines += [
                f"  {head} (right '{one.right}'): {one.sentence}" for one in here if one.effect is effect
            ]
    return lines


@click.command(epilog="Example: penstock charter diff in-force ./charter --json")
@click.argument("old")
@click.argument("new")
@node_option
@json_option
@plainly
def diff(old: str, new: str, layout: Layout, *, as_json: bool) -> None:
    """Say in sentences what NEW changes against OLD: each a folder, an applied version's number, or in-force.

    Exit 1 when something relaxes: that needs the signature of who holds the boundary. It also says what
    nobody's signature would put in force: an entry that has begun and is left out or made another one.
    """
    was, now = charter_named(layout, old), charter_named(layout, new)
    found = compare(was, now)
    broken = breaches(was, now, SystemClock().now())
    relaxes = [one for one in found if one.effect is Effect.RELAXING]
    tell(
        {
            "differences": [one.document() for one in found],
            "relaxes": len(relaxes),
            "breaches": [asdict(one) for one in broken],
        },
        [
            *in_words(found),
            *(f"Can't be put in force: {one.sentence()}" for one in broken),
            f"{len(found)} differences, {len(relaxes)} of them relax a boundary."
            if found
            else "They say the same.",
        ],
        as_json=as_json,
    )
    if relaxes or broken:
        raise SystemExit(NO)


@click.command(
    epilog="Example: penstock charter apply --reason 'longer windows, MOC-118' --sign petra=~/.ssh/id_ed25519"
)
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--reason", default="", help="Why; kept for ever, and part of what is signed.")
@click.option(
    "--sign", "keys", multiple=True, metavar="PERSON=KEY", help="Sign now with an SSH key (or its agent)."
)
@click.option(
    "--signature", "files", multiple=True, metavar="PERSON=FILE", help="Add what `ssh-keygen -Y sign` wrote."
)
@node_option
@json_option
@plainly
def apply(
    folder: Path | None,
    reason: str,
    keys: tuple[str, ...],
    files: tuple[str, ...],
    layout: Layout,
    *,
    as_json: bool,
) -> None:
    """Put the charter in FOLDER (by default the node's own) in force, once everybody needed has signed it.

    The first call checks it and says what changes and whose signature is missing; it can then be called
    again, or be signed in the console. Exit 1 while a signature is missing.
    """
    settings, clock = read_settings(layout), SystemClock()
    trust = TrustFiles(layout, with_codes=False)
    desk = CharterDesk(layout, settings.ledger.origin, trust)
    append = partial(append_now, layout.signer_socket)
    if (resumed := desk.resume(append)) is not None:
        _tell_applied(resumed, told=True, as_json=as_json)
        return
    try:
        weigh = partial(weighed, layout, aloud=not as_json)
        proposed = desk.propose(charter_files_in(folder or layout.charter), reason, clock.now(), weigh)
    except CharterError as error:
        _faulty(error)
    message = proposed.proposal.canonical()
    for named in keys:
        person, key = _pair(named)
        signature = {"signature": signed_by_tool(Path(key).expanduser(), message, NAMESPACE)}
        proposed = desk.sign(proposed, Signature(person, "sshsig", signature))
    for named in files:
        person, file = _pair(named)
        signature = {"signature": Path(file).expanduser().read_text("utf-8", "replace")}
        proposed = desk.sign(proposed, Signature(person, "sshsig", signature))
    charter = proposed.charter()
    differences = summary(desk.in_force(), charter)
    if missing := desk.missing(proposed, clock.now()):
        path = layout.proposed / store.PROPOSAL
        tell(
            {
                "applied": False,
                "version": proposed.proposal.version,
                "digest": charter.digest.hex(),
                "differences": [one.document() for one in differences],
                "signed": sorted(desk.signed(proposed)),
                "missing": [
                    {"right": one.right, "boundary": one.boundary, "able": list(one.able)} for one in missing
                ],
                "impact": None if proposed.impact is None else proposed.impact.document(),
                "sign": str(path),
            },
            [
                *in_words(differences),
                *_impact_lines(proposed.impact),
                *(f"Missing: it {one.sentence()}." for one in missing),
                "Not in force. Each signs in the console under “Charter”, or with",
                f"  ssh-keygen -Y sign -n {NAMESPACE} -f KEY {path}",
                "and then: penstock charter apply --signature PERSON=proposal.json.sig",
            ],
            as_json=as_json,
        )
        raise SystemExit(NO)
    application, told = desk.apply(proposed, by=local_name(), at=clock.now(), append=append)
    _tell_applied(application, told=told, as_json=as_json)


def _impact_lines(impact: Impact | None) -> list[str]:
    """What signers have before them: every decision that would be another, a few by name."""
    if impact is None:
        return []
    more = len(impact.flips) - MOST_FLIPS
    return [
        *(one.sentence() for one in impact.flips[:MOST_FLIPS]),
        *([f"and {more} more, in the console and in {store.IMPACT}"] if more > 0 else []),
        impact.line(),
    ]


def _tell_applied(application: Application, *, told: bool, as_json: bool) -> None:
    proposal = application.proposal
    tell(
        {
            "applied": True,
            "version": proposal.version,
            "digest": proposal.charter.hex(),
            "signers": [one.person for one in application.signatures],
            "told": told,
        },
        [
            f"Version {proposal.version} is in force: {proposal.reason}",
            f"digest {proposal.charter.hex()}",
            "A running node takes it up within two seconds."
            if told
            else "The ledger is told of it when the node starts.",
        ],
        as_json=as_json,
    )


def _faulty(error: CharterError) -> NoReturn:
    for fault in error.faults:
        click.echo(str(fault), err=True)
    fail(f"{len(error.faults)} faults: this charter can't be used.", "Correct them; nothing has changed.")


def _pair(text: str) -> tuple[PersonId, str]:
    person, equals, path = text.partition("=")
    if not equals or not person or not path:
        fail(f"{text!r} is not PERSON=FILE.", "For instance: petra=~/.ssh/id_ed25519", status=2)
    return PersonId(person), path
