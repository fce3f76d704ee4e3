"""``penstock siem``: how far the plant's collectors are, and whether what one received is whole."""

import sys
from typing import TextIO

import click

from broker.cli.answer import NO, fail, json_option, node_option, plainly, table, tell
from broker.clock import SystemClock
from broker.layout import Layout
from broker.settings import read_settings
from broker.siem.check import Report, check
from broker.siem.looking import progresses
from domain.canonical import Json, instant_text


@click.group()
def siem() -> None:
    """How far the collectors of a SIEM are; whether what one of them received is whole."""


@siem.command("list", epilog="Example: penstock siem list --json")
@node_option
@json_option
@plainly
def list_(layout: Layout, *, as_json: bool) -> None:
    """List the collectors: the last leaf that each was sent, how many wait, why. Exit 1 when one is late."""
    found = progresses(layout, read_settings(layout), SystemClock().now())
    rows = [
        [
            one.target,
            str(one.last) if one.last >= 0 else "none",
            str(one.behind),
            one.delivered_at or "never",
            "the ledger was set back" if one.set_back else one.trouble or ("late" if one.late else ""),
        ]
        for one in found
    ]
    heads = ["collector", "last leaf", "waiting", "delivered", "trouble"]
    documents: list[Json] = [
        {
            "target": one.target,
            "last": one.last,
            "waiting": one.behind,
            "waiting_since": None if one.waiting_since is None else instant_text(one.waiting_since),
            "delivered_at": one.delivered_at,
            "trouble": one.trouble,
            "attempts": one.attempts,
            "late": one.late,
            "set_back": one.set_back,
        }
        for one in found
    ]
    tell(documents, table(rows, heads) if rows else ["No collector is named in [siem]."], as_json=as_json)
    if any(one.late or one.set_back for one in found):
        raise SystemExit(NO)


@siem.command("check", epilog="Example: penstock siem check /var/log/penstock.jsonl")
@click.argument("file", type=click.File("r", encoding="utf-8", errors="replace"))
@json_option
@plainly
def check_(file: TextIO, *, as_json: bool) -> None:
    """Look at what a collector received, one record a line, and name what is missing or out of order. Exit 1 then.

    OCSF and CEF, with or without the head of a syslog line; `-` reads what is piped in. What came twice is told and
    is no fault. It needs no node, and is the reference for a receiver's own rule.
    """
    report = check(file)
    if not report.records and not report.heartbeats and not report.faults:
        fail(f"There is no record in {file.name}.", status=2)
    tell(_document(report), _lines(report), as_json=as_json)
    if not report.whole:
        sys.exit(NO)


def _document(report: Report) -> dict[str, Json]:
    return {
        "whole": report.whole,
        "records": report.records,
        "heartbeats": report.heartbeats,
        "last": dict(report.last),
        "faults": [{"code": one.code, "line": one.line, "sentence": one.sentence} for one in report.faults],
        "duplicates": len(report.duplicates),
    }


def _lines(report: Report) -> list[str]:
    twice = f", {len(report.duplicates)} of them again" if report.duplicates else ""
    return [
        *(one.sentence for one in report.faults),
        f"{report.records} records{twice}, {report.heartbeats} heartbeats; "
        + ("nothing is missing." if report.whole else f"{len(report.faults)} faults."),
    ]
