"""What the house tests look at: the files that git keeps, and the modules among them."""

import subprocess
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
PACKAGES = ("domain", "policies", "approvals", "recorder", "broker")
BINARY = {".png", ".gif", ".ico", ".woff2", ".pcap", ".pcapng", ".pnr", ".zip", ".db", ".bin"}


@cache
def tracked() -> tuple[str, ...]:
    """Paths that git keeps or would keep; in an unpacked archive, everything that is not built."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=HERE,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return tuple(sorted(path for path in set(listed.split("\0")) if path and (HERE / path).is_file()))


def text(path: str) -> str:
    """A tracked file's text; undecodable bytes are replaced, since a search is all we do with it."""
    return (HERE / path).read_text("utf-8", errors="replace")


def texts(*suffixes: str, under: tuple[str, ...] = ("",)) -> list[str]:
    """Tracked text files with one of ``suffixes`` (none given: any) under one of these folders."""
    return [
        path
        for path in tracked()
        if path.startswith(under)
        and Path(path).suffix not in BINARY
        and (not suffixes or path.endswith(suffixes))
    ]


def modules(*packages: str) -> list[str]:
    """Tracked Python modules of the product that hold any code."""
    chosen = tuple(f"{package}/" for package in packages or PACKAGES)
    return [path for path in texts(".py", under=chosen) if text(path).strip()]
