"""What a browser or a program is shown in the device's place. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

ASK_WIDER = "If the work needs it, ask the plant for a permit with the action or the limits that it takes."
REMEDIES: Mapping[str, str] = {
    "http_malformed": "Use a browser, curl or another client that keeps to HTTP/1.1.",
    "http_path_ambiguous": "Ask for the page by its plain path.",
    "http_host_not_permitted": "Open the near end of the tunnel by localhost or by its address.",
    "http_origin_not_permitted": "Type the device's address yourself, and work from its own pages.",
    "http_override_not_permitted": "Have the tool send the method and the path that it means.",
    "http_upgrade_not_permitted": "If the page can't do without, ask the plant; it may grant the port as opaque.",
    "http_answer_malformed": "Tell the plant what you asked for.",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A short answer: ``content_type`` and its bytes."""

    content_type: str
    body: bytes


def page(code: str, sentence: str, *, html: bool) -> Page:
    """The refusal ``code`` in words: a page for a browser, lines for everything else."""
    remedy = REMEDIES.get(code, ASK_WIDER)
    if not html:
        text = f"penstock: refused [{code}]: {sentence}\nWhat to do: {remedy}\n"
        return Page("text/plain; charset=utf-8", text.encode())
    text = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Refused</title>'
        f"<h1>Refused at the gate</h1><p>{escape(sentence)}</p><p>What to do: {escape(remedy)}</p>"
        f"<p><code>{escape(code)}</code></p></html>"
    )
    return Page("text/html; charset=utf-8", text.encode())
