"""``penstock evidence check``: is all evidence still what it was?"""

import click

from broker.checking.pace import Pace, gently
from broker.cli.answer import NO, json_option, node_option, plainly, table, tell
from broker.clock import SystemClock
from broker.evidence.checked import Checked
from broker.layout import Layout
from broker.ledger import append_now
from broker.settings import MIB, read_settings


@click.command("check", epilog="Example: penstock evidence check --json")
@click.option(
    "--gently", "slow", is_flag=True, help="At the pace of check.mib_per_s, with little claim on the machine."
)
@node_option
@json_option
@plainly
def check(layout: Layout, *, slow: bool, as_json: bool) -> None:
    """Look whether anything of the evidence was changed, is missing or was moved, and who had it last. Exit 1 if so.

    Ledger, recordings, receipts of copies, time-stamps, permits and approvals, charters, trust file and keys. A run that
    was killed goes on where it was.
    """
    from broker.checking.check import check as check_all  # noqa: PLC0415 (half a second for every other command)

    settings, clock = read_settings(layout), SystemClock()
    if slow:
        gently()
    pause = Pace(settings.check.mib_per_s * MIB, clock) if slow else (lambda _read: None)
    checked = check_all(layout, settings, clock, lambda event: append_now(layout.signer_socket, event), pause)
    tell(checked.document(), _lines(checked), as_json=as_json)
    raise SystemExit(NO if checked.found else 0)


def _lines(checked: Checked) -> list[str]:
    counts = ", ".join(f"{count} {name}" for name, count in checked.counts.items())
    looked = f"Looked at {checked.size} leaves, {counts}."
    if not checked.found:
        return [looked, "All is as it was."]
    rows = [
        [one.code, one.fact, f"{one.holder} (leaf {one.leaf})" if one.holder else "nobody known"]
        for one in checked.found
    ]
    remedies = [f"What to do: {one}" for one in dict.fromkeys(one.remedy for one in checked.found)]
    return [looked, *table(rows, ["what", "found", "last had by"]), *remedies]
