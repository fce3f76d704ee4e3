"""The incident pack: the case files of several sessions and their timeline in one zip that stands alone. Pure.

Its timeline is made again from the enclosed events by whoever verifies it: nothing in it has to be believed.
"""

from collections.abc import Iterable, Mapping
from html import escape

from domain.canonical import Json, text_in

SCHEMA = "penstock-incident/1"
MANIFEST, EVENTS, CHECKPOINT, VKEY, INDEX, README = (
    "manifest.json",
    "ledger/events.jsonl",
    "ledger/checkpoint",
    "ledger/vkey",
    "index.html",
    "VERIFY.md",
)
ALWAYS = frozenset({EVENTS, CHECKPOINT, VKEY, INDEX, README})
SESSIONS = "sessions/"
MANIFEST_KEYS = frozenset({"schema", "about", "sessions", "created_at", "files"})
MOST_SESSIONS = 900

SHOWN = (
    *(
        "person",
        "vendor",
        "asset",
        "zone",
        "scope",
        "right",
        "approver",
        "by",
        "after",
        "cause",
        "disposition",
    ),
    *("code", "reason", "sentence", "deed", "what", "holder", "fact"),
)
"""Fields that the timeline says, in this order; the events have all."""


def case_name(session: str) -> str:
    """Where a session's case file is."""
    return f"{SESSIONS}{session}.zip"


def words(event: Mapping[str, Json]) -> str:
    """An event on one line: what happened, and to whom or what."""
    name = text_in(event, "event")
    said = "".join(f" {one.lower()}" if one.isupper() else one for one in name).strip().capitalize()
    told = [f"{field}: {text_in(event, field)}" for field in SHOWN if text_in(event, field)]
    return f"{said}. {'; '.join(told)}" if told else f"{said}."


def index_page(about: str, sessions: Iterable[str], events: Mapping[int, Mapping[str, Json]]) -> bytes:
    """The page for people: no script, nothing from elsewhere. The same pack gives the same page."""
    files = "".join(f'<li><a href="{case_name(one)}">{escape(one)}</a></li>' for one in sessions)
    rows = "".join(
        f"<tr><td>{index}</td><td>{escape(text_in(event, 'at'))}</td><td>{escape(words(event))}</td>"
        f"<td>{escape(text_in(event, 'session'))}</td></tr>"
        for index, event in sorted(events.items())
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width, initial-scale=1"><title>Incident pack</title><style>body{font:1rem/1.5 '
        "system-ui;max-width:80rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}td,th"
        "{border-bottom:1px solid #999;padding:.25rem .5rem;text-align:left;vertical-align:top}</style></head><body>"
        f"<h1>Incident pack</h1><p>{escape(about)}</p><p>Whether it is whole: VERIFY.md.</p><h2>Case files</h2>"
        f"<ul>{files}</ul><h2>Timeline</h2><table><thead><tr><th>Leaf</th><th>When (UTC)</th><th>What</th>"
        f"<th>Session</th></tr></thead><tbody>{rows}</tbody></table></body></html>\n"
    ).encode()
