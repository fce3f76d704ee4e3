"""``penstock files``: what vendors brought, what was found in it, and releasing or refusing it, by SSH key."""

from pathlib import Path

import click

from broker.cli.answer import fail, json_option, plainly, tell
from broker.cli.console_client import Console, console_options
from broker.cli.signing import signed_by_tool
from domain.errors import ProofError
from domain.file_release import NAMESPACE, FileStatement


@click.group()
def files() -> None:
    """What vendors brought, and whether it may pass."""


@files.command("list", epilog="Example: penstock files list --token-file token")
@console_options
@json_option
@plainly
def list_files(console: Console, *, as_json: bool) -> None:
    """Print every file that is your business."""
    found = list(console.every("/files", "files"))
    lines = [
        f"{one['id']}  {one['state']:8}  {one['code']:22}  {one['size']:>12}  {one['person']} for {one['asset']}  {one['name']}"
        for one in found
    ]
    tell({"files": found}, lines or ["No file has come."], as_json=as_json)


@files.command(epilog="Example: penstock files show FILE --token-file token")
@click.argument("file")
@console_options
@json_option
@plainly
def show(console: Console, file: str, *, as_json: bool) -> None:
    """Print what is known of FILE: its bytes' hash, what each scanner said, and what an archive holds."""
    one = console.ask("GET", f"/files/{_checked(file)}")
    lines = [
        f"{name}: {one[name]}"
        for name in ("name", "state", "code", "person", "asset", "permit", "size", "sha256")
    ]
    lines += [f"scan: {scan}" for scan in one["scans"]]
    lines += [
        f"released by {said['by']} ({said['right']}) until {said['until']}: {said['reason']}"
        for said in one["releases"]
    ]
    lines += [f"refused by {one['refused_by']}: {one['refusal']}"] if one["refused_by"] else []
    lines += [f"holds: {name}" for name in one["names"]]
    tell(one, lines, as_json=as_json)


@files.command(
    epilog="Example: penstock files release FILE --reason 'on the vendor's list' --days 7 --sign KEY"
)
@click.argument("file")
@click.option("--reason", required=True, help="Why; it stays in the ledger.")
@click.option(
    "--days", type=click.IntRange(1, 366), default=7, show_default=True, help="For how long it may pass."
)
@click.option("--any-permit", is_flag=True, help="Under any permit over this conduit, not its own alone.")
@click.option(
    "--sign", "key", type=click.Path(path_type=Path), required=True, help="Sign it with this SSH key."
)
@console_options
@json_option
@plainly
def release(
    console: Console, file: str, reason: str, days: int, key: Path, *, any_permit: bool, as_json: bool
) -> None:
    """Sign that exactly the bytes of FILE may go to its asset."""
    wish = {"reason": reason, "days": days, "any_permit": any_permit}
    drawn = console.ask("POST", f"/files/{_checked(file)}/statement", wish)
    try:
        # Read before it is signed: it must be what was asked for, and nothing besides.
        said = FileStatement.of_message(str(drawn["statement"]).encode())
    except ProofError as error:
        fail(f"What the console sent is not to be signed: {error.fact}")
    if said.file != file or (not said.permit) != any_permit:
        fail("What the console sent is something else than you asked for.", "Tell whoever runs the node.")
    click.echo(
        f"{said.by} signs: {said.sha256} may go to {said.asset} until {said.until:%Y-%m-%d %H:%M} UTC",
        err=True,
    )
    one = console.ask(
        "POST",
        f"/files/{file}/signed",
        {
            "ceremony": drawn["ceremony"],
            "statement": drawn["statement"],
            "signature": signed_by_tool(key, said.message(), NAMESPACE),
        },
    )
    waits = ", ".join(one["missing"])
    tell(one, [f"It waits for: {waits}." if waits else "It may pass."], as_json=as_json)


@files.command(epilog="Example: penstock files refuse FILE --reason 'not agreed'")
@click.argument("file")
@click.option("--reason", required=True, help="Why; the vendor reads it.")
@console_options
@json_option
@plainly
def refuse(console: Console, file: str, reason: str, *, as_json: bool) -> None:
    """Say that FILE is not to pass, for good."""
    one = console.ask("POST", f"/files/{_checked(file)}/refuse", {"reason": reason})
    tell(one, ["It does not pass."], as_json=as_json)


def _checked(file: str) -> str:
    if not (file.isascii() and file.isalnum()):
        fail(
            "A file is named by its id: 26 letters and digits.",
            "`penstock files list` prints them.",
            status=2,
        )
    return file
