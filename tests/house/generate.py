"""Writes the pages of docs/ that follow from the code: ``make docs``. The house tests hold them equal."""

import ast
import importlib
import json
import pkgutil
import re
import typing
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import partial
from pathlib import Path

import click

from domain import events
from tests.house.messages import CATALOGUE_PAGES, catalogue
from tests.house.repository import HERE, modules, text
from tests.house.requirements import requirements_page
from tests.house.siem import siem_events_page
from tests.matrix import expected

NOTE = "Written by `make docs` from {source}. Do not edit: change the code, and write this page again.\n"


def events_page() -> str:
    """Every event that the ledger keeps, with its number and fields."""
    lines = [
        "# Events",
        "",
        NOTE.format(source="`domain/events.py`"),
        "Every fact that the ledger keeps. A number is never reused: evidence refers to it for decades.",
        "An event's document is hashed with a salt into a leaf (`recorder/ledger/SPEC.md`), so that the log can",
        "be published without telling what happened. Events hold no secret and no payload bytes.",
        "",
    ]
    for kind in sorted(typing.get_args(events.Event), key=lambda kind: kind.number):
        meaning = " ".join((kind.__doc__ or "").split())
        names = ", ".join(f"`{field.name}`" for field in fields(kind))
        lines += [f"## {kind.number} {kind.__name__}", "", meaning, "", f"Fields: {names}.", ""]
    return "\n".join(lines).rstrip() + "\n"


def settings_page() -> str:
    """Every setting of penstock.toml, from the classes that read it."""
    lines = [
        "# Settings",
        "",
        NOTE.format(source="`broker/settings.py`"),
        "One file, `penstock.toml`, in the node's folder. The environment is not read. An unknown key is a",
        "fault, so that a misspelt limit is never a missing one. Units are in the names.",
        "",
    ]
    tree = ast.parse((HERE / "broker/settings.py").read_text("utf-8"))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for field, kind, _, _ in settings_of(classes["Settings"]):
        lines += [f"## [{field}]", "", ast.get_docstring(classes[kind]) or "", ""]
        lines += ["| setting | type | default | what it does |", "|---|---|---|---|"]
        for name, of, default, meaning in settings_of(classes[kind]):
            lines.append(f"| `{field}.{name}` | {of} | {default} | {meaning} |")
        lines.append("")
        for name, of, _, _ in settings_of(classes[kind]):
            if (each := of.removeprefix("list[").removesuffix("]")) in classes:
                lines += [f"### [[{field}.{name}]]", "", ast.get_docstring(classes[each]) or "", ""]
                lines += ["| setting | type | default | what it does |", "|---|---|---|---|"]
                lines += [
                    f"| `{one}` | {is_} | {unset} | {said} |"
                    for one, is_, unset, said in settings_of(classes[each])
                ]
                lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def settings_of(owner: ast.ClassDef) -> Iterator[tuple[str, str, str, str]]:
    """Name, type, default and docstring of each field, as they are written."""
    for node, following in zip(owner.body, [*owner.body[1:], None], strict=True):
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        documented = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
        meaning = " ".join(str(following.value.value).split()) if documented else ""
        yield node.target.id, ast.unparse(node.annotation), default_of(node.value), meaning


def default_of(value: ast.expr | None) -> str:
    """The default as TOML would show it, or that there is none."""
    if isinstance(value, ast.Call):
        given = {word.arg: word.value for word in value.keywords}
        value = value.args[0] if value.args else given.get("default")
    if value is None:
        return "none: must be given"
    try:
        default = ast.literal_eval(value)
    except ValueError:
        return f"`{ast.unparse(value)}`"
    return f"`{str(default).lower()}`" if isinstance(default, bool) else f"`{default!r}`".replace("'", '"')


def rules() -> list[type]:
    """Every rule class of policies.rules, by its id."""
    found: dict[str, type] = {}
    package = importlib.import_module("policies.rules")
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"policies.rules.{info.name}")
        for each in vars(module).values():
            if isinstance(each, type) and each.__module__ == module.__name__ and hasattr(each, "judge"):
                found[each.id] = each
    return [found[name] for name in sorted(found)]


def rules_page() -> str:
    """Every rule with its id and what it asks."""
    lines = [
        "# Rules",
        "",
        NOTE.format(source="`policies/rules/`"),
        "Each judges a request on its own. One refusal closes the door whatever the others say; silence of all",
        "refuses; a rule that raises refuses. An id is never reused: evidence refers to it.",
        "",
    ]
    for each in rules():
        meaning = (importlib.import_module(each.__module__).__doc__ or "", each.__doc__ or "")
        lines += [f"## `{each.id}`", "", *(" ".join(one.split()) for one in meaning if one), ""]
    return "\n".join(lines).rstrip() + "\n"


def commands() -> list[tuple[str, click.Command]]:
    """Every command of the command line, in full, groups left out."""
    from broker.cli.root import penstock  # noqa: PLC0415  # the whole product: only this page needs it

    def walk(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
        if isinstance(command, click.Group):
            context = click.Context(command)
            for each in sorted(command.list_commands(context)):
                found = command.get_command(context, each)
                assert found is not None
                yield from walk(found, f"{name} {each}")
        else:
            yield name, command

    return list(walk(penstock, "penstock"))


def commands_page() -> str:
    """Every command with its help and its example."""
    lines = [
        "# Commands",
        "",
        NOTE.format(source="the command line itself"),
        "Every command takes `--help`, and `--json` wherever it answers anything. Exit status: 0 done, 1 “no” as an",
        "answer, 2 wrong usage, 77 refused by policy.",
        "",
    ]
    for name, command in commands():
        arguments = " ".join(
            parameter.make_metavar(click.Context(command))
            for parameter in command.params
            if isinstance(parameter, click.Argument)
        )
        lines += [f"## {name} {arguments}".rstrip(), ""]
        lines += [" ".join((command.help or "").replace("\b", "").split()), ""]
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                lines.append(f"- `{option.opts[-1]}`: {option.help or ''}".rstrip(": "))
        lines += ["", f"`{(command.epilog or '').removeprefix('Example: ')}`", ""] if command.epilog else [""]
    return "\n".join(lines).rstrip() + "\n"


REFUSALS = {
    "Answer": 0,
    "Cut": 0,
    "LineError": 0,
    "NotWithinError": 0,
    "Refuse": 0,
    "Refusal": 0,
    "Ineligible": 0,
    "Reason": 1,
    "RefusalError": 1,
    "Told": 1,
}
"""Where the code stands among the arguments of each class that says no; its sentence stands next."""
BY_KEYWORD = frozenset({"DecisionError", "ProofError"})
"""Those whose sentence comes first and whose code is named."""


def refusals() -> dict[str, set[str]]:
    """Every code with which something can be refused at a door, and the sentences that go with it."""
    found: dict[str, set[str]] = {}
    for path in modules("policies", "approvals", "broker"):
        for node in ast.walk(ast.parse(text(path))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                code, sentence = refused(node.func.id, node)
                if code and "…" not in code:
                    found.setdefault(code, set()).update([sentence] if sentence else [])
    return found


def refused(kind: str, call: ast.Call) -> tuple[str, str]:
    """The code and the sentence of one refusal as it is written; nothing for what is none."""
    if kind in BY_KEYWORD and call.args:
        codes = [pattern(word.value) for word in call.keywords if word.arg == "code"]
        return (codes or [""])[0], pattern(call.args[0])
    at = REFUSALS.get(kind)
    if at is None or len(call.args) < at + 2:
        return "", ""
    return pattern(call.args[at]), pattern(call.args[at + 1])


def refusal_codes() -> str:
    """The same for the API, which serves it to anybody."""
    found = {code: sorted(said) for code, said in sorted(refusals().items())}
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def pattern(node: ast.expr) -> str:
    """A text as it is written, with an ellipsis for what is put into it; nothing for what is no text."""
    match node:
        case ast.Constant(str() as value):
            return value
        case ast.JoinedStr(parts):
            return "".join(part.value if isinstance(part, ast.Constant) else "…" for part in parts)
        case ast.Call(func=ast.Name("say"), args=[ast.Constant(str() as message)]):
            return re.sub(r"\{\w+\}", "…", message)
        case _:
            return ""


def refusals_page() -> str:
    """Every refusal code, for scripts that read them."""
    lines = [
        "# Refusals",
        "",
        NOTE.format(source="`policies/`, `approvals/` and `broker/`"),
        "A refusal at the SSH door is one line on stderr, `penstock: refused [code]: sentence. What to do: …`, with exit",
        "status 77 (75: come back later; 69: the asset can't be reached). Codes are stable; sentences may get better.",
        "Some refusals read alike to a vendor on purpose, so that nobody learns what the plant has: the ledger has the",
        "exact code. The API says the same as problem details, and serves this list at `/api/v1/refusals`.",
        "",
        "| code | sentence |",
        "|---|---|",
    ]
    lines += [
        f"| `{code}` | {' / '.join(sorted(said)) or 'says what is wrong'} |"
        for code, said in sorted(refusals().items())
    ]
    return "\n".join(lines) + "\n"


def api_page() -> str:
    """Every operation of the API, from its own description."""
    from broker.console.api.openapi import ABOUT, TAGS, operations  # noqa: PLC0415  # the web: only this page needs it
    from broker.console.app import routed  # noqa: PLC0415

    document = routed().openapi()
    lines = [
        "# The API",
        "",
        NOTE.format(source="`GET /api/v1/openapi.json`, which has the fields"),
        *ABOUT.splitlines(),
        "",
        "```sh",
        'curl --cacert ca.crt -H "Authorization: Bearer $(cat token)" https://localhost:8443/api/v1/permits?state=requested',
        "```",
        "",
        "Tokens: `penstock people token` or the console's page. Why writes and lists are as they are: [ADR 0022](adr/0022-one-key-one-effect.md).",
        "Codes of refusals: [refusals.md](refusals.md).",
        "",
    ]
    for tag, meaning in TAGS.items():
        lines += [f"## {tag[0].upper()}{tag[1:]}", "", meaning, ""]
        for method, path, operation in operations(document):
            if tag not in operation["tags"]:
                continue
            named = [one["name"] for one in operation.get("parameters", []) if one.get("in") == "query"]
            query = f" Query: {', '.join(f'`{name}`' for name in named)}." if named else ""
            text = " ".join(operation["description"].split())
            lines += [f"### {method} {path}", "", f"`{operation['operationId']}`. {text}{query}", ""]
    return "\n".join(lines).rstrip() + "\n"


def permit_page() -> str:
    """The life of a permit, which its own table writes."""
    return str(importlib.import_module("approvals.lifecycle").page())


def conduits_page() -> str:
    """What may cross a conduit that the gate understands: our words, and per protocol the table its filter judges by."""
    end = "\n<!-- and no further -->"
    page = text("docs/conduits.md")
    for protocol, spoken in importlib.import_module("broker.conduits.registry").SPOKEN.items():
        begin = f"<!-- make docs writes this table: {protocol} -->\n"
        before, found, rest = page.partition(begin)
        if not found:
            raise ValueError(f"docs/conduits.md has no place for the table of {protocol}: {begin.strip()}")
        table = ["| function | | takes |", "|---|---|---|"]
        table += [f"| {code} | {name} | `{action}` |" for code, name, action in spoken.functions()]
        page = before + begin + "\n".join(["", *table, ""]) + end + rest.partition(end)[2]
    return page


PAGES: dict[str, Callable[[], str]] = {
    "docs/conduits.md": conduits_page,
    "docs/events.md": events_page,
    "docs/settings.md": settings_page,
    "docs/rules.md": rules_page,
    "docs/commands.md": commands_page,
    "docs/permit.md": permit_page,
    "docs/refusals.md": refusals_page,
    "broker/console/api/refusals.json": refusal_codes,
    "docs/examples/water-utility/rules.toml": lambda: text("broker/demo/charter/rules.toml"),
    "docs/api.md": api_page,
    "docs/matrix.md": lambda: expected.page(NOTE),
    "docs/siem-events.md": lambda: siem_events_page(NOTE),
    "docs/requirements.md": lambda: requirements_page(NOTE),
    **{path: partial(catalogue, tag) for path, tag in CATALOGUE_PAGES.items()},
}

if __name__ == "__main__":
    for path, page in PAGES.items():
        Path(HERE / path).write_text(page(), "utf-8")
        print(path)  # noqa: T201  # a script's answer
