"""A process beside the console, run with the product's own command line."""

import asyncio
from pathlib import Path

import pytest

from broker.gently import TOO_LONG, run_gently
from broker.layout import Layout

WORDS = ("evidence", "index", "update")


async def test_what_went_wrong_is_its_exit_status_and_well_is_what_the_caller_says(tmp_path: Path) -> None:
    layout = Layout(tmp_path)  # no node: the command says so, with 2
    assert await run_gently(layout, *WORDS, longest_s=60, well=frozenset({0})) == "exit 2"
    assert await run_gently(layout, *WORDS, longest_s=60, well=frozenset({0, 2})) == ""


async def test_one_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    assert await run_gently(Layout(tmp_path), *WORDS, longest_s=0, well=frozenset({0, 1})) == TOO_LONG


async def test_one_whose_caller_leaves_is_ended_before_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[asyncio.subprocess.Process] = []
    make = asyncio.create_subprocess_exec

    async def noted(*line: str, **more: object) -> asyncio.subprocess.Process:
        begun.append(await make(*line, **more))  # type: ignore[arg-type]
        return begun[0]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    running = asyncio.create_task(run_gently(Layout(tmp_path), *WORDS, longest_s=60, well=frozenset()))
    async with asyncio.timeout(30):
        while not begun:
            await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert begun[0].returncode is not None
