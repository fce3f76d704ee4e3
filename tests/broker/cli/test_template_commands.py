"""B16: which standing templates there are, told at the node without a console."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from broker.charter.founding import found
from broker.cli.template_commands import template as command
from broker.clock import SystemClock
from broker.demo.sample import sample_charter
from broker.growing_file import append_line
from broker.layout import Layout
from domain.window import TimeWindow
from tests.policies.templates import template


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "node")
    now = SystemClock().now()
    found(layout, charter=sample_charter(today=now.date()), origin="plant.example/ot-access/1", at=now)
    return layout


def called(layout: Layout, *words: str) -> Result:
    return CliRunner().invoke(command, [*words, "--dir", str(layout.folder)])


def test_a_template_that_nobody_signed_is_listed_with_what_is_missing(layout: Layout) -> None:
    assert json.loads(called(layout, "list", "--json").output) == {"templates": []}
    now = SystemClock().now().replace(microsecond=0)
    running = template(window=TimeWindow(now, now + timedelta(days=60)))
    over = template(id="u" * 26, window=TimeWindow(now - timedelta(days=60), now))
    for one in (running, over):
        append_line(layout.templates, one.canonical() + b"\n")
    told = json.loads(called(layout, "list", "--json").output)["templates"]
    assert [one["standing"] for one in told] == ["to be signed under connect", "expired"]
    assert told[0]["digest"] == running.digest()
    assert "to be signed under connect" in called(layout, "list").output
    shown = json.loads(called(layout, "show", running.id, "--json").output)
    assert shown["template"] == running.document()
    assert (shown["signed"], shown["missing"]) == ([], ["connect"])


def test_one_that_is_not_there_is_said_and_without_the_node_nothing_is_ended(layout: Layout) -> None:
    assert called(layout, "show", "q" * 26).exit_code == 2
    append_line(layout.templates, template().canonical() + b"\n")
    tried = called(layout, "end", template().id, "--reason", "over")
    assert tried.exit_code not in {0, 2}
    assert "What to do" in tried.output
