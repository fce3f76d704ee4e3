"""Permits from a terminal, through the console's API: as a vendor asks, as the holder decides."""

import json
from pathlib import Path

import pytest

from tests.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def as_(plant: Node, person: str, folder: Path) -> list[str]:
    """The options that make the console answer as this person."""
    token = folder / f"token-{person}"
    token.write_text(await plant.token(person))
    return ["--console", plant.url, "--ca", str(plant.layout.tls_authority), "--token-file", str(token)]


async def test_a_permit_is_asked_for_read_approved_and_taken_back(plant: Node, tmp_path: Path) -> None:
    person = plant.fresh()
    vendor, holder = await as_(plant, person, tmp_path), await as_(plant, "sven", tmp_path)
    words = ["request", "eng-ws-1", "shell", "--for", "1h", "--purpose", "drive tuning", "--json"]
    asked = await plant.command(*words, *vendor)
    assert asked.exit_code == 0, asked.output
    permit = json.loads(asked.output)["id"]
    shown = await plant.command("permits", "show", permit, "--json", *vendor)
    assert len(json.loads(shown.output)["digest"]) == 64
    listed = await plant.command("permits", "list", *vendor)
    assert permit in listed.output
    # Sven leads incidents; connections are Petra's to decide.
    other = await plant.command("approve", permit, *holder, given="000000\n")
    assert other.exit_code in {1, 77}, other.output
    holder = await as_(plant, "petra", tmp_path)
    wrong = await plant.command("approve", permit, *holder, given="000000\n")
    assert (wrong.exit_code, "refused [wrong_code]" in wrong.stderr) == (77, True), wrong.output
    approved = await plant.command("approve", permit, *holder, given=f"{plant.code('petra')}\n")
    assert approved.exit_code == 0, approved.output
    again = await plant.command("refuse", permit, "--reason", "too late", *holder)
    assert again.exit_code in {1, 77}
    revoked = await plant.command("revoke", permit, "--reason", "left the site", "--json", *holder)
    assert (revoked.exit_code, json.loads(revoked.output)["state"]) == (0, "revoked"), revoked.output


async def test_a_wish_that_the_charter_refuses_exits_with_77_and_its_code(
    plant: Node, tmp_path: Path
) -> None:
    vendor = await as_(plant, plant.fresh(), tmp_path)
    done = await plant.command("request", "sis-1", "forward", "--purpose", "have a look", *vendor)
    assert (done.exit_code, "refused [" in done.stderr) == (77, True), done.output


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param(["--for", "soon"], "length of time", id="a length that is none"),
        pytest.param(["--from", "2030-01-01T08:00"], "offset", id="a time without an offset"),
    ],
)
async def test_wrong_usage_is_said_before_anybody_is_asked(
    plant: Node, tmp_path: Path, options: list[str], told: str
) -> None:
    vendor = await as_(plant, "iris", tmp_path)
    done = await plant.command("request", "eng-ws-1", "shell", "--purpose", "x", *options, *vendor)
    assert (done.exit_code, told in done.stderr) == (2, True), done.output


async def test_a_console_that_is_not_there_or_not_known_is_an_answer(plant: Node, tmp_path: Path) -> None:
    vendor = await as_(plant, "iris", tmp_path)
    vendor[1] = "https://localhost:1"
    gone = await plant.command("permits", "list", *vendor)
    assert (gone.exit_code, "can't be reached" in gone.stderr) == (1, True), gone.output
    stranger = await plant.command("permits", "list", "--console", plant.url, *vendor[4:])
    assert (stranger.exit_code, "can't be reached" in stranger.stderr) == (1, True), stranger.output
    no_token = await plant.command("permits", "list", "--token-file", str(tmp_path / "none"))
    assert no_token.exit_code == 2


async def test_a_token_that_is_nobody_s_is_told_so(plant: Node, tmp_path: Path) -> None:
    options = await as_(plant, "iris", tmp_path)
    (tmp_path / "token-iris").write_text("pnst_nobody")
    done = await plant.command("permits", "list", *options)
    assert (done.exit_code, "not_signed_in" in done.stderr) == (1, True), done.output
