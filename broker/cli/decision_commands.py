"""``penstock approve`` and ``refuse``: by SSH signature, here or far from the node, or by one-time code.

What is signed is shown as sentences that are made here, from the very bytes that ``ssh-keygen`` then signs.
"""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import click

from approvals.armour import bare
from approvals.bundle import Answer, Bundle, is_bundle, read_bundle
from broker.cli.answer import fail, json_option, node_option, plainly, secret_from_stdin, tell
from broker.cli.charter_commands import length_of
from broker.cli.console_client import Console, perhaps_console
from broker.cli.signing import signed_by_tool
from broker.control import GateClient
from broker.exit_status import REFUSED
from broker.layout import Layout
from domain.errors import DecisionError, ProofError
from domain.ids import PermitId, PersonId, is_token
from domain.rights import DecisionRight
from domain.signed_decision import NAMESPACE, Verdict
from recorder.replay import inert

ALONE = "No token is given, so the console can't be asked."
SIGN_HELP = "Sign now with this SSH key (its public half, for a key in the agent)."


@click.command(
    epilog="Example: penstock approve PERMIT --sign ~/.ssh/id_ed25519 --token-file token; or, elsewhere:"
    " penstock approve petra.bundle --sign KEY, and at the node: penstock approve --take petra.bundle.answer"
)
@click.argument("permit", required=False, metavar="PERMIT|BUNDLE")
@click.option("--right", default="connect", show_default=True, help="Under which right you decide.")
@click.option("--sign", type=click.Path(path_type=Path), help=SIGN_HELP)
@click.option("--signature", type=click.Path(path_type=Path), help="What `ssh-keygen -Y sign` wrote.")
@click.option("--reason", default="", help="Why; needed of an arbiter who signs.")
@click.option("--out", type=click.Path(path_type=Path), help="Where the answer to a bundle goes.")
@click.option(
    "--take", type=click.Path(path_type=Path), help="An answer that was carried here: let it count."
)
@node_option
@json_option
@plainly
@perhaps_console
def approve(
    console: Console | None,
    permit: str | None,
    right: str,
    sign: Path | None,
    signature: Path | None,
    reason: str,
    out: Path | None,
    take: Path | None,
    layout: Layout,
    *,
    as_json: bool,
) -> None:
    """Approve PERMIT by SSH signature or one-time code, or sign a BUNDLE that was carried to you.

    With --sign, what you sign is shown in sentences first. A bundle needs no network: its answer goes into a
    file, and counts once --take has it at the node. A passkey needs the console's page.
    """
    if take is not None:
        _take(layout, take, as_json=as_json)
    elif permit is None:
        fail(
            "Nothing is named that could be approved.", "Name a permit, a bundle, or --take ANSWER.", status=2
        )
    elif not is_token(permit):
        _by_file(Path(permit), Verdict.APPROVE, reason, sign, signature, out, as_json=as_json)
    elif console is None:
        fail(ALONE, "Give --token-file, or a bundle's file instead of the permit.", status=2)
    elif sign is not None:
        _by_signature(console, permit, right, Verdict.APPROVE, reason, sign, as_json=as_json)
    else:
        _by_code(console, permit, right, as_json=as_json)


@click.command(epilog="Example: penstock refuse PERMIT --reason 'start-up today' --token-file token")
@click.argument("permit", metavar="PERMIT|BUNDLE")
@click.option("--reason", required=True, help="Why; the vendor reads it, and it is kept.")
@click.option(
    "--right", default="connect", show_default=True, help="Under which right you decide, if you sign."
)
@click.option("--sign", type=click.Path(path_type=Path), help=SIGN_HELP)
@click.option("--signature", type=click.Path(path_type=Path), help="What `ssh-keygen -Y sign` wrote.")
@click.option("--out", type=click.Path(path_type=Path), help="Where the answer to a bundle goes.")
@json_option
@plainly
@perhaps_console
def refuse(
    console: Console | None,
    permit: str,
    reason: str,
    right: str,
    sign: Path | None,
    signature: Path | None,
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    """Refuse PERMIT, which waits; with --sign, over your own signature. Or answer a BUNDLE with a no."""
    if not is_token(permit):
        _by_file(Path(permit), Verdict.REFUSE, reason, sign, signature, out, as_json=as_json)
    elif console is None:
        fail(ALONE, "Give --token-file, or a bundle's file instead of the permit.", status=2)
    elif sign is not None:
        _by_signature(console, permit, right, Verdict.REFUSE, reason, sign, as_json=as_json)
    else:
        refused = console.ask("POST", f"/permits/{permit}/refuse", {"reason": reason})
        tell(refused, [str(refused["standing"])], as_json=as_json)


@click.command("bundle", epilog="Example: penstock permits bundle PERMIT --for petra --out petra.bundle")
@click.argument("permit")
@click.option("--for", "person", required=True, help="Who is to decide.")
@click.option("--right", default="connect", show_default=True, help="Under which right.")
@click.option("--within", default="24h", show_default=True, help="How long the answer may take: 90m, 24h.")
@click.option("--to-refuse", is_flag=True, help="For somebody who can only refuse it now.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where it goes.")
@node_option
@json_option
@plainly
def bundle(
    permit: str,
    person: str,
    right: str,
    within: str,
    out: Path,
    layout: Layout,
    *,
    to_refuse: bool,
    as_json: bool,
) -> None:
    """Write PERMIT into one file for somebody to decide on far from here, with an SSH key.

    Runs at the node; needs no console and no network. It decides nothing, and tells what the permit says.
    """
    try:
        length, asked = length_of(within), DecisionRight(right)
    except ValueError as error:
        fail(f"{error}.", status=2)
    gate = GateClient(layout.gate_socket)
    try:
        text = asyncio.run(gate.draw_up(PermitId(permit), PersonId(person), asked, length, refuses=to_refuse))
    except DecisionError as error:
        _refused(error)
    out.write_text(text, "utf-8")
    until = read_bundle(text).decision.until
    tell(
        {"permit": permit, "person": person, "file": str(out), "until": until},
        [f"{out} is for {person}. Its answer is taken until {until:%Y-%m-%d %H:%M} UTC, once."],
        as_json=as_json,
    )


def _by_code(console: Console, permit: str, right: str, *, as_json: bool) -> None:
    read = console.ask("GET", f"/permits/{permit}")
    for name, value in read["permit"].items():
        click.echo(inert(f"{name:12} {value}"), err=True)
    code = secret_from_stdin("One-time code")
    approved = console.ask(
        "POST", f"/permits/{permit}/approve", {"right": right, "code": code, "digest": read["digest"]}
    )
    tell(approved, [str(approved["standing"])], as_json=as_json)


def _by_signature(
    console: Console, permit: str, right: str, verdict: Verdict, reason: str, key: Path, *, as_json: bool
) -> None:
    drawn = console.ask(
        "POST", f"/permits/{permit}/bundle", {"right": right, "refuse": verdict is Verdict.REFUSE}
    )
    try:
        read = _decided(read_bundle(str(drawn["bundle"])), verdict, reason)
    except ProofError as error:
        _refused(error)
    _confirmed(read)
    answer = Answer(read.decision.message(), _bare(signed_by_tool(key, read.decision.message(), NAMESPACE)))
    done = console.ask("POST", f"/permits/{permit}/answer", {"answer": answer.write()})
    tell(done, [str(done["standing"])], as_json=as_json)


def _by_file(
    file: Path,
    verdict: Verdict,
    reason: str,
    key: Path | None,
    signature: Path | None,
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    text = file.read_text("utf-8", "replace")
    if not is_bundle(text):
        fail(f"{file} is neither a permit's id nor a bundle.", "See `penstock permits list`.", status=2)
    try:
        read = _decided(read_bundle(text), verdict, reason)
    except ProofError as error:
        _refused(error)
    message = read.decision.message()
    if key is None and signature is None:
        unsigned = file.with_name(f"{file.name}.message")
        unsigned.write_bytes(message)
        tell(
            {"sign": str(unsigned), "namespace": NAMESPACE},
            [
                *read.sentences().splitlines(),
                "Not signed. Sign exactly this with",
                f"  ssh-keygen -Y sign -n {NAMESPACE} -f KEY {unsigned}",
                f"and then give --signature {unsigned}.sig to this command again.",
            ],
            as_json=as_json,
        )
        return
    if signature is not None:
        armoured = signature.read_text("utf-8", "replace")
    else:
        assert key is not None
        _confirmed(read)
        armoured = signed_by_tool(key, message, NAMESPACE)
    answer = Answer(message, _bare(armoured))
    out = out or file.with_name(f"{file.name}.answer")
    out.write_text(answer.write(), "utf-8")
    tell(
        {"permit": read.decision.permit.id, "decision": str(read.decision.verdict), "file": str(out)},
        [f"{out} is the answer. At the node: penstock approve --take {out.name}"],
        as_json=as_json,
    )


def _take(layout: Layout, file: Path, *, as_json: bool) -> None:
    text = file.read_text("utf-8", "replace")
    try:
        permit, state = asyncio.run(GateClient(layout.gate_socket).take(text))
    except DecisionError as error:
        _refused(error)
    tell({"permit": permit, "state": str(state)}, [f"Permit {permit} is {state}."], as_json=as_json)


def _decided(bundle: Bundle, verdict: Verdict, reason: str) -> Bundle:
    """The bundle as it is answered: with a yes or a no, and with its reason."""
    try:
        said = replace(bundle.decision, verdict=verdict, reason=" ".join(reason.split()))
    except ValueError as error:
        fail(f"{error}.", status=2)
    return replace(bundle, decision=said)


def _confirmed(bundle: Bundle) -> None:
    """Go on only once whoever signs has read it and typed what it is about."""
    for line in bundle.sentences().splitlines():
        click.echo(inert(line), err=True)
    asset = bundle.decision.permit.asset
    if click.prompt(f"Type {asset} to sign", err=True, default="", show_default=False) != asset:
        fail("Nothing was signed.", f"To sign, type {asset}.")


def _bare(armoured: str) -> bytes:
    try:
        return bare(armoured)
    except ProofError as error:
        _refused(error)


def _refused(error: DecisionError | ProofError) -> NoReturn:
    fail(f"refused [{error.code}]: {error.fact}", error.remedy, status=REFUSED)
