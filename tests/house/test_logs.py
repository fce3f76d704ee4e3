"""Log lines are apart from evidence: each names a constant and fields that somebody has looked at, and never payload."""

import ast
from collections.abc import Iterator

from tests.house.repository import modules, text

LEVELS = frozenset({"debug", "info", "warning", "error", "critical", "exception", "bind"})
LOGGED = frozenset(
    [
        "ask",
        "asset",
        "at",
        "attempts",
        "by",
        "bytes",
        "channel",
        "code",
        "conduit",
        "correction",
        "deed",
        "door",
        "error",
        "exc_info",
        "fact",
        "file",
        "host",
        "in_force",
        "index",
        "line",
        "lost",
        "notice",
        "origin",
        "override",
        "path",
        "permit",
        "person",
        "pid",
        "port",
        "process",
        "seconds",
        "session",
        "since",
        "size",
        "skipped",
        "source",
        "status",
        "subject",
        "target",
        "to",
        "version",
        "waited_s",
        "waiting",
        "what",
        "witness",
        "zone",
    ]
)
"""Fields of log lines: ids, codes, figures, and the sentence of an error of ours. A field that is not here may hold what
crossed; look at it before it is."""


def logged() -> Iterator[tuple[str, ast.Call]]:
    """Every call that logs."""
    for path in modules():
        for node in ast.walk(ast.parse(text(path))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            said_by = ast.unparse(node.func.value).split(".")[-1]
            if node.func.attr in LEVELS and said_by in {"log", "_log"}:
                yield path, node


def test_a_log_line_is_a_constant_and_fields_that_were_looked_at() -> None:
    calls = list(logged())
    assert len(calls) > 50
    assert not [path for path, call in calls if call.args and not isinstance(call.args[0], ast.Constant)]
    unseen = {f"{path}: {one.arg}" for path, call in calls for one in call.keywords if one.arg not in LOGGED}
    assert not unseen, "say in tests/house/test_logs.py that this field holds no payload"


def test_what_a_log_line_is_called_is_no_event_s_name() -> None:
    names = {
        str(call.args[0].value)
        for _, call in logged()
        if call.args and isinstance(call.args[0], ast.Constant)
    }
    assert not [name for name in names if not name.replace("_", "").isalnum() or name != name.lower()]
