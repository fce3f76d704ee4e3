"""scp, sftp and rsync through the gate and straight at the asset: the same files, words and statuses."""

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.openssh import Client, Result
from tests.peers.direct import Pair, told
from tests.programs import program

NOISE = bytes(range(256)) * 4096
MANY = int(os.environ.get("PENSTOCK_FILES", "100"))
BIG = int(os.environ.get("PENSTOCK_FILE_MIB", "16")) * 1024 * 1024
"""A long run sets these to 500 and 64."""

Copy = Callable[[str, Path], list[str]]
"""From the word for ``user@host`` and a way's own folder: what scp is told to copy, and where to."""


def trees(folder: Path) -> dict[str, bytes | str | None]:
    """All that is in a folder: contents by file, targets by link, None for a folder."""
    found: dict[str, bytes | str | None] = {}
    for one in sorted(folder.rglob("*")):
        content = str(one.readlink()) if one.is_symlink() else None if one.is_dir() else one.read_bytes()
        found[str(one.relative_to(folder))] = content
    return found


def furnish(folder: Path) -> None:
    """Something to copy: names and contents that a shell, a terminal or a text file would trip over."""
    (folder / "tree" / "deep" / "er").mkdir(parents=True)
    (folder / "tree" / "noise").write_bytes(NOISE)
    (folder / "tree" / "deep" / "with a blank").write_bytes(b"x")
    (folder / "tree" / "deep" / "er" / "Größe'n;").write_bytes(b"")
    (folder / "tree" / "link").symlink_to("noise")
    (folder / "tree" / "noise").chmod(0o640)
    (folder / "here").mkdir()


def same_words(result: Result, folder: Path, pair: Pair) -> tuple[int, str]:
    """Its status, and its standard error without what must differ: the names of the two ways."""
    said = told(result).err.decode("utf-8", "replace").replace(str(folder), "DIR")
    for client, where, _ in pair.both():
        said = said.replace(where, "HOST").replace(client.host, "HOST").replace(str(client.port), "PORT")
    return result.status, re.sub(r"\r", "", said)


async def on_both(pair: Pair, tmp_path: Path, run: Callable[[Client, str, Path], object]) -> None:
    """Do the same on both ways, each in a folder of its own, and compare all that came of it."""
    outcomes = []
    for client, where, way in pair.both():
        folder = tmp_path / way
        folder.mkdir()
        furnish(folder)
        result = await run(client, where, folder)  # type: ignore[misc]
        outcomes.append((same_words(result, folder, pair), trees(folder)))
    through, direct = outcomes
    assert through[0] == direct[0]
    assert through[1] == direct[1]


COPIES = [
    pytest.param(lambda to, d: [f"{d}/tree/noise", f"{to}:{d}/here/up"], True, id="up"),
    pytest.param(lambda to, d: [f"{to}:{d}/tree/noise", f"{d}/here/down"], True, id="down"),
    pytest.param(
        lambda to, d: ["-p", f"{to}:{d}/tree/noise", f"{d}/here"], True, id="down with times and modes"
    ),
    pytest.param(lambda to, d: ["-r", f"{d}/tree", f"{to}:{d}/here"], True, id="a folder up"),
    pytest.param(lambda to, d: ["-r", f"{to}:{d}/tree", f"{d}/here"], True, id="a folder down"),
    pytest.param(lambda to, d: [f"{to}:{d}/missing", f"{d}/here"], False, id="a missing file"),
    pytest.param(lambda to, d: [f"{to}:{d}/tree", f"{d}/here"], False, id="a folder without saying so"),
    pytest.param(lambda to, d: [f"{d}/tree/noise", f"{to}:{d}/no/such/folder"], False, id="into nowhere"),
    pytest.param(
        lambda to, d: [f"{d}/missing", f"{d}/tree/noise", f"{to}:{d}/here"], False, id="one of two missing"
    ),
]


@pytest.mark.parametrize("legacy", [(), ("-O",)], ids=["sftp protocol", "scp protocol"])
@pytest.mark.parametrize(("copy", "works"), COPIES)
async def test_peer_t14_scp_does_and_says_what_it_would_without_a_gate(
    pair: Pair, tmp_path: Path, legacy: tuple[str, ...], copy: Copy, works: bool
) -> None:
    async def scp(client: Client, where: str, folder: Path) -> Result:
        line = [program("scp"), *client.options(*legacy), "-P", str(client.port), *copy(where, folder)]
        result = await client.run(line)
        assert (result.status == 0) is works, result.complaint
        return result

    await on_both(pair, tmp_path, scp)


async def test_sftp_lists_renames_links_resumes_and_fails_as_it_would_without_a_gate(
    pair: Pair, tmp_path: Path
) -> None:
    async def sftp(client: Client, where: str, folder: Path) -> Result:
        (folder / "here" / "noise").write_bytes(NOISE[:100_000])
        batch = [
            f"cd {folder}/tree",
            f"lcd {folder}/here",
            "ls -1",
            "rename noise renamed",
            "symlink renamed pointer",
            "ln renamed hard",
            "chmod 600 renamed",
            "mkdir made",
            "put noise made/put",
            "rename renamed noise",
            "reget noise",
            "-get missing",
            "-rmdir deep",
            "rm hard",
            "reput noise made/put",
            "df",
        ]
        result = await client.sftp(where.partition("@")[0], "\n".join(batch[:-1]) + "\n")
        assert result.status == 0, result.complaint
        assert (folder / "here" / "noise").read_bytes() == NOISE
        assert (folder / "tree" / "made" / "put").read_bytes() == NOISE
        return Result(result.status, b"", result.err + result.out)

    await on_both(pair, tmp_path, sftp)


async def test_sftp_of_many_small_files_loses_none(pair: Pair, tmp_path: Path) -> None:
    source, target, back = tmp_path / "source", tmp_path / "target", tmp_path / "back"
    for folder in (source, target, back):
        folder.mkdir()
    for number in range(MANY):
        (source / f"file-{number}").write_bytes(b"%d\n" % number * (number % 7))
    result = await pair.gate.sftp(pair.where, f"put -r {source}/. {target}\nget -r {target}/. {back}\n")
    assert result.status == 0, result.complaint
    assert digests(back) == digests(source)


async def test_sftp_of_a_big_file_survives_new_keys_both_ways(pair: Pair, tmp_path: Path) -> None:
    source, target, back = tmp_path / "source", tmp_path / "target", tmp_path / "back"
    for folder in (source, target, back):
        folder.mkdir()
    with (source / "big").open("wb") as file:
        file.truncate(BIG)
        file.seek(BIG // 2)
        file.write(NOISE)
    batch = f"put {source}/big {target}/big\nget {target}/big {back}/big\n"
    result = await pair.gate.sftp(pair.where, batch, "-o", f"RekeyLimit={BIG // 2}")
    assert result.status == 0, result.complaint
    assert digests(back) == digests(source)


def digests(folder: Path) -> dict[str, str]:
    found = {}
    for one in folder.iterdir():
        with one.open("rb") as opened:
            found[one.name] = hashlib.file_digest(opened, "sha256").hexdigest()
    return found


RSYNCS = [
    pytest.param(lambda to, d: ["-rlci", f"{d}/tree/", f"{to}:{d}/here/"], True, id="up"),
    pytest.param(lambda to, d: ["-rlci", f"{to}:{d}/tree/", f"{d}/here/"], True, id="down"),
    pytest.param(lambda to, d: ["-rlcin", f"{d}/tree/", f"{to}:{d}/here/"], True, id="dry run"),
    pytest.param(lambda to, d: ["-rlciz", "--delete", f"{d}/here/", f"{to}:{d}/tree/"], True, id="delete"),
    pytest.param(lambda to, d: ["-rlci", f"{to}:{d}/missing/", f"{d}/here/"], False, id="a missing folder"),
]


@pytest.mark.parametrize(("copy", "works"), RSYNCS)
async def test_peer_t11_rsync_does_and_says_what_it_would_without_a_gate(
    pair: Pair, tmp_path: Path, copy: Copy, works: bool
) -> None:
    async def rsync(client: Client, where: str, folder: Path) -> Result:
        shell = " ".join([program("ssh"), *client.options("-p", str(client.port))])
        result = await client.run([program("rsync"), "-e", shell, *copy(where, folder)])
        assert (result.status == 0) is works, result.complaint
        return Result(result.status, b"", result.err + result.out)

    await on_both(pair, tmp_path, rsync)
