"""Which texts of a template are marked for translation, and which are bare: by Jinja's own parser and an HTML parser."""

from collections.abc import Iterator
from html.parser import HTMLParser

from jinja2 import Environment, nodes

READ_ALOUD = frozenset({"alt", "aria-label", "aria-description", "data-label", "placeholder", "title"})
"""Attributes whose words people read or hear."""
NOT_WORDS = frozenset({"code", "pre", "script", "style"})
"""What is to be typed, or was signed: no language's words."""
NAMES = frozenset({"Penstock", "CSV", "JSON", "SHA-256", "SSH", "px", "%"})
KINDS = frozenset({"full", "half", "risk", "end", "window", "lapses", "deciders", "past"})
"""Classes that macros are given."""
PRINTERS = frozenset({"parts"})
"""Macros' home: what they are given they print."""

PARSER = Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)
PARSER.policies["ext.i18n.trimmed"] = True
PARSER.newstyle_gettext = True  # type: ignore[attr-defined]


def bare(source: str) -> list[str]:
    """Every text of ``source`` that a page would show as it stands, in whatever language it is asked for."""
    tree = PARSER.parse(source)
    printed: list[nodes.Expr] = []
    text = "".join(_flat(tree, printed))
    reader = _Reader(printed)
    reader.feed(text)
    reader.close()
    found = reader.found
    own = {one.name for one in tree.find_all(nodes.Macro)}
    for call in tree.find_all(nodes.Call):
        owner = call.node.node if isinstance(call.node, nodes.Getattr) else call.node
        if isinstance(owner, nodes.Name) and owner.name in PRINTERS | own:
            given = [*call.args, *(one.value for one in call.kwargs)]
            found += [one for each in given for one in _constants(each) if _sentence(one)]
    return found


def _flat(node: nodes.Node, printed: list[nodes.Expr]) -> Iterator[str]:
    """The template as one HTML text, all branches one after another; what is printed is a private letter."""
    if isinstance(node, nodes.Block) and node.name == "width":
        return  # names a class
    if isinstance(node, nodes.Output):
        for one in node.nodes:
            if isinstance(one, nodes.TemplateData):
                yield one.data
            else:
                yield chr(0xE000 + len(printed))
                printed.append(one)
        return
    for child in node.iter_child_nodes():
        yield from _flat(child, printed)


class _Reader(HTMLParser):
    """Collects what is shown and what is read aloud."""

    def __init__(self, printed: list[nodes.Expr]) -> None:
        super().__init__()
        self.found: list[str] = []
        self._printed = printed
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in NOT_WORDS:
            self._silent += 1
        for name, value in attrs:
            shown = tag == "input" and name == "value" and dict(attrs).get("type") in {"submit", "button"}
            if (name in READ_ALOUD or shown) and value:
                self._look(value)

    def handle_endtag(self, tag: str) -> None:
        if tag in NOT_WORDS:
            self._silent = max(0, self._silent - 1)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._look(data)

    def _look(self, text: str) -> None:
        for letter in text:
            if 0xE000 <= ord(letter) < 0xF8FF:
                self.found += [one for one in _constants(self._printed[ord(letter) - 0xE000]) if _worded(one)]
        if text.strip().startswith("/"):
            return  # an address that a macro makes
        plain = "".join(" " if 0xE000 <= ord(letter) < 0xF8FF else letter for letter in text)
        if _worded(" ".join(word for word in plain.split() if word.strip(".,;:·()") not in NAMES)):
            self.found.append(" ".join(plain.split()))


def _worded(text: str) -> bool:
    return any(letter.isalpha() for letter in text)


def _sentence(text: str) -> bool:
    """Among a macro's arguments: words, and no path, state or kind."""
    words = set(text.split())
    return _worded(text) and (len(words) > 1 or text[:1].isupper()) and text[:1] != "/" and not words <= KINDS


def _constants(node: nodes.Node | None) -> Iterator[str]:
    """The strings that an expression may come to, not those that it only compares or looks up with."""
    match node:
        case nodes.Const(value=str() as value):
            yield value
        case nodes.CondExpr():
            yield from _constants(node.expr1)
            yield from _constants(node.expr2)
        case nodes.Or() | nodes.And() | nodes.Add():
            yield from _constants(node.left)
            yield from _constants(node.right)
        case nodes.Concat(nodes=several) | nodes.List(items=several):
            for one in several:
                yield from _constants(one)
        case nodes.Filter():
            yield from _constants(node.node)
        case nodes.Getitem(node=nodes.Dict() as table):
            for pair in table.items:
                yield from _constants(pair.value)
        case nodes.Call(node=nodes.Getattr(node=table, attr="get")):
            for pair in table.items if isinstance(table, nodes.Dict) else ():
                yield from _constants(pair.value)
            for one in node.args[1:]:
                yield from _constants(one)
        case _:
            return
