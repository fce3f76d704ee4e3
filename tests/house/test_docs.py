"""Documents: links lead somewhere, pages that follow from the code do, and everything has its name in one."""

import re
import typing
from pathlib import Path

from domain.events import Event
from tests.for_each import for_each
from tests.house import generate
from tests.house.repository import HERE, modules, text, texts


@for_each("path", sorted(generate.PAGES))
def test_a_page_that_follows_from_the_code_equals_it(path: str) -> None:
    assert text(path) == generate.PAGES[path](), f"run `make docs` and commit {path}"


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ +(.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links() -> list[tuple[str, str]]:
    found = []
    for path in texts(".md"):
        plain = re.sub(r"```.*?```|`[^`\n]*`", "", text(path), flags=re.DOTALL)
        found += [(path, target) for target in re.findall(r"\]\(([^)\s]+)\)", plain)]
    return found


def test_every_link_in_the_documents_leads_somewhere() -> None:
    dead = []
    for path, target in links():
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        place = (HERE / path).parent / file if file else HERE / path
        if not place.exists() or (anchor and anchor not in anchors(place)):
            dead.append(f"{path} -> {target}")
    assert not dead


def documents() -> str:
    return "\n".join(text(path) for path in texts(".md"))


def test_every_event_is_named_with_its_number() -> None:
    page = text("docs/events.md")
    assert not [kind for kind in typing.get_args(Event) if f"## {kind.number} {kind.__name__}\n" not in page]


def test_every_event_is_recorded_by_somebody() -> None:
    sources = [text(path) for path in modules() if path != "domain/events.py"]
    made = {name for source in sources for name in re.findall(r"\b(\w+)\(", source)}
    unused = [kind.__name__ for kind in typing.get_args(Event) if kind.__name__ not in made]
    assert not unused, "the ledger's vocabulary promises what nobody writes"


def test_every_rule_is_named() -> None:
    rules = generate.rules()
    assert len(rules) > 5
    assert not [rule for rule in rules if f"`{rule.id}`" not in text("docs/rules.md")]
    assert len({rule.id for rule in rules}) == len(rules)


def test_every_command_is_named_and_shows_an_example() -> None:
    page = text("docs/commands.md")
    commands = generate.commands()
    assert len(commands) > 15
    assert not [name for name, _ in commands if f"## {name}" not in page]
    assert not [name for name, command in commands if not (command.help and command.epilog)]


def test_every_command_of_the_contract_exists() -> None:
    names = {name.removeprefix("penstock ") for name, _ in generate.commands()}
    promised = {
        "demo", "init", "serve", "doctor", "request", "permits", "approve", "refuse", "revoke", "isolate",
        "restore", "charter check", "sessions list", "sessions stop", "state show", "state set",
        "evidence list", "evidence show", "evidence replay", "evidence export", "evidence verify",
    }  # fmt: skip
    short = {name.split()[0] for name in names}
    assert not {name for name in promised if name not in names and name not in short}


def test_every_setting_is_named() -> None:
    from broker.settings import Settings  # noqa: PLC0415  # pydantic: only here

    page = text("docs/settings.md")
    for section, field in Settings.model_fields.items():
        for name in field.annotation.model_fields:  # type: ignore[union-attr]  # every section is a model
            assert f"`{section}.{name}`" in page


def test_every_command_that_the_documents_show_exists() -> None:
    named = set(re.findall(r"\bpenstock ([a-z][a-z-]*)(?: ([a-z-]+))?", shell_of(documents())))
    names = [name.split()[1:] for name, _ in generate.commands()]
    unknown = [
        " ".join(words)
        for words in named
        if not any(
            command[0] == words[0] and (len(command) == 1 or words[1] in {"", command[1]})
            for command in names
        )
    ]
    assert not unknown, "the documents show commands that do not exist"


def shell_of(markdown: str) -> str:
    """What stands in code blocks for a shell, and commands within sentences."""
    blocks = re.findall(r"```(?:sh|console|bash)\n(.*?)```", markdown, re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`(penstock [^`\n]+)`", markdown)])


def test_every_decision_record_has_its_five_headings_and_its_state() -> None:
    records = [path for path in texts(".md", under=("docs/adr/",)) if re.search(r"/\d{4}-", path)]
    numbers = [Path(path).name[:4] for path in records]
    assert len(set(numbers)) == len(numbers), "two decision records have one number"
    assert len(records) >= 9
    headings = ["Context", "Options", "Decision", "What fails and how it shows", "Consequences"]
    for path in records:
        assert re.findall(r"^## (.+)$", text(path), re.MULTILINE) == headings, path
        assert re.search(r"^State: (proposed|accepted|superseded by \d{4})$", text(path), re.MULTILINE), path
