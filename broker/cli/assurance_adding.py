"""``penstock assurance take``, ``note``, ``accept``, ``raise`` …: evidence that no session gives, each a leaf."""

from pathlib import Path

import click

from broker.assurance.documents import LARGEST_BYTES
from broker.assurance.looks import looks
from broker.assurance.taking import (
    document_ended,
    document_taken,
    equivalence_decided,
    finding_closed,
    finding_raised,
    trigger_noted,
)
from broker.cli.answer import NO, fail, json_option, local_name, node_option, plainly, table, tell
from broker.cli.assured import Assured
from broker.layout import Layout
from domain.canonical import texts_in
from domain.events import Event, document
from policies.assurance.findings import findings
from policies.assurance.intake import SORTS
from policies.assurance.register_items import documents


def _said(node: Assured, event: Event, line: str, *, as_json: bool) -> None:
    index = node.append(event)
    tell({"leaf": index, **document(event)}, [f"{line} Leaf {index}."], as_json=as_json)


@click.command("documents", epilog="Example: penstock assurance documents --json")
@node_option
@json_option
@plainly
def list_documents(layout: Layout, *, as_json: bool) -> None:
    """List the documents that are evidence, with who answers for each."""
    node = Assured(layout)
    found = documents(node.said())
    altered = node.documents.altered(frozenset(one.text("digest") for one in found.values()))
    rows = [
        [
            name,
            one.text("kind"),
            one.text("sort"),
            one.text("owner"),
            one.text("made"),
            one.text("every"),
            "gone or altered" if one.text("digest") in altered else "as taken in",
        ]
        for name, one in found.items()
    ]
    heads = ["name", "kind", "sort", "owner", "made", "every", "file"]
    tell(
        [
            {"leaf": one.index, **one.event, "altered": one.text("digest") in altered}
            for one in found.values()
        ],
        table(rows, heads) if rows else ["No document is evidence yet."],
        as_json=as_json,
    )


@click.command(
    epilog="Example: penstock assurance take pid-3.pdf --name pid-cell-3 --kind EV-ZCM --sort drawing "
    '--title "P&ID of cell 3" --owner olga --zone operations --made 2026-05-04T10:00:00Z --every P1Y '
    "--trigger zone_model_changed"
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", required=True, help="The plant's word for it; the same again replaces it.")
@click.option("--kind", required=True, help="What it is evidence of, such as EV-ZCM.")
@click.option("--sort", required=True, type=click.Choice(list(SORTS)), help="What sort of document it is.")
@click.option("--title", required=True, help="One line.")
@click.option("--owner", required=True, help="Who of the plant answers for it.")
@click.option("--zone", default="", help="The zone that it is about; else all.")
@click.option("--vendor", default="", help="The vendor that it is about; else all.")
@click.option("--made", required=True, help="When what it says was so, in RFC 3339.")
@click.option("--every", required=True, help="For how long it counts from then, in ISO 8601: P1Y.")
@click.option("--trigger", "triggers", multiple=True, help="What makes it stale at once. Again for more.")
@node_option
@json_option
@plainly
def take(layout: Layout, file: Path, triggers: tuple[str, ...], *, as_json: bool, **fields: str) -> None:
    """Take FILE in as evidence: a drawing, a baseline, a commissioning record. Its hash goes into the ledger."""
    if file.stat().st_size > LARGEST_BYTES:
        fail(f"{file} is larger than {LARGEST_BYTES} bytes.", "Take a record with its hash in instead.")
    node = Assured(layout)
    event = document_taken(
        node.documents, node.charter, fields, triggers, file.read_bytes(), file.name, node.now, local_name()
    )
    _said(node, event, f"{event.name} is evidence, SHA-256 {event.digest}.", as_json=as_json)


@click.command(epilog='Example: penstock assurance end pid-cell-3 --reason "the cell was torn down"')
@click.argument("name")
@click.option("--reason", required=True, help="Why nothing takes its place.")
@node_option
@json_option
@plainly
def end(layout: Layout, name: str, reason: str, *, as_json: bool) -> None:
    """Say that the document NAME is evidence no longer. It stays where it is."""
    node = Assured(layout)
    event = document_ended(node.said(), name, reason, node.now, local_name())
    _said(node, event, f"{name} is evidence no longer.", as_json=as_json)


@click.command(epilog="Example: penstock assurance look")
@node_option
@json_option
@plainly
def look(layout: Layout, *, as_json: bool) -> None:
    """Have this node look at its configuration, clock and audit now. Exit 1 when something is wrong."""
    node = Assured(layout)
    found = list(looks(layout, node.settings, node.now))
    leaves = [node.append(one.event(node.now)) for one in found]
    tell(
        [
            {"leaf": leaf, "kind": one.kind, "sound": one.sound, "facts": list(one.facts)}
            for leaf, one in zip(leaves, found, strict=True)
        ],
        [f"{'ok   ' if one.sound else 'WRONG'}  {one.kind}  {'; '.join(one.facts)}" for one in found],
        as_json=as_json,
    )
    if not all(one.sound for one in found):
        raise SystemExit(NO)


@click.command(
    epilog='Example: penstock assurance note drift_detected --zone operations --reason "scan of May"'
)
@click.argument("trigger")
@click.option("--zone", default="", help="Where; else everywhere.")
@click.option("--reason", required=True, help="What happened.")
@node_option
@json_option
@plainly
def note(layout: Layout, trigger: str, zone: str, reason: str, *, as_json: bool) -> None:
    """Say that TRIGGER happened, which this node can't see by itself: evidence collected before is stale."""
    node = Assured(layout)
    event = trigger_noted(node.charter, trigger, zone, reason, node.now, local_name())
    _said(node, event, f"Whatever {trigger} makes stale is stale.", as_json=as_json)


@click.command(
    epilog="Example: penstock assurance accept drawings --kind EV-ZCM --from-zone operations --to-zone pumping "
    '--owner olga --until 2027-01-01T00:00:00Z --reason "one drawing shows both"'
)
@click.argument("name")
@click.option("--kind", required=True, help="Which kind of evidence.")
@click.option("--from-zone", required=True, help="Where it was collected.")
@click.option("--to-zone", required=True, help="Where it counts too.")
@click.option("--owner", required=True, help="Who of the plant answers for that.")
@click.option("--until", required=True, help="Until when, a year at most; now ends it.")
@click.option("--reason", required=True, help="Why it meets the same need.")
@node_option
@json_option
@plainly
def accept(layout: Layout, name: str, *, as_json: bool, **fields: str) -> None:
    """Decide that evidence of one zone counts in another for a while. The same NAME again replaces it."""
    node = Assured(layout)
    event = equivalence_decided(node.charter, {"name": name, **fields}, node.now, local_name())
    _said(node, event, f"{event.kind} of {event.from_zone} counts in {event.to_zone}.", as_json=as_json)


@click.command("findings", epilog="Example: penstock assurance findings --json")
@click.option("--all", "every", is_flag=True, help="Closed ones too.")
@node_option
@json_option
@plainly
def list_findings(layout: Layout, *, every: bool, as_json: bool) -> None:
    """List the findings, each with its one register and owner. Exit 1 when one is open."""
    found = [one for one in findings(Assured(layout).said()) if every or one.closed is None]
    rows = [
        [
            one.id,
            one.raised.text("register"),
            one.raised.text("owner"),
            one.raised.text("about"),
            "closed" if one.closed else "open",
            one.raised.text("sentence"),
        ]
        for one in found
    ]
    tell(
        [
            {
                **one.raised.event,
                "leaf": one.raised.index,
                "told": list(texts_in(one.raised.event, "told")),
                "closed": None if one.closed is None else one.closed.event,
            }
            for one in found
        ],
        table(rows, ["finding", "register", "owner", "about", "is", "what"])
        if rows
        else ["No finding is open."],
        as_json=as_json,
    )
    if any(one.closed is None for one in found):
        raise SystemExit(NO)


@click.command(
    "raise", epilog='Example: penstock assurance raise plc-07 --sentence "runs an unsupported firmware"'
)
@click.argument("about")
@click.option("--sentence", required=True, help="What is wrong, in one line.")
@node_option
@json_option
@plainly
def raise_finding(layout: Layout, about: str, sentence: str, *, as_json: bool) -> None:
    """Raise a finding about an asset, zone, conduit or site. A rule says whose it is: exactly one register's."""
    node = Assured(layout)
    event = finding_raised(node.charter, about, sentence, node.now, local_name())
    line = f"Finding {event.finding} is in the register {event.register}; {event.owner} answers for it."
    _said(node, event, line, as_json=as_json)


@click.command(epilog='Example: penstock assurance close f-abcdefgh --reason "firmware replaced"')
@click.argument("finding")
@click.option("--reason", required=True, help="What was done about it.")
@node_option
@json_option
@plainly
def close(layout: Layout, finding: str, reason: str, *, as_json: bool) -> None:
    """Say what was done about FINDING, and close it."""
    node = Assured(layout)
    event = finding_closed(node.said(), finding, reason, node.now, local_name())
    _said(node, event, f"{finding} is closed.", as_json=as_json)
