"""Copy the third-party scripts and styles that pages use out of node_modules, once, at build time.

``npm ci`` has checked their hashes against the lock file; here only versions are compared, so that
a stale node_modules is noticed. Run: ``python -m broker.console.vendor``.
"""

import json
import shutil
import sys
from pathlib import Path

from domain.errors import ConfigError

ROOT = Path(__file__).parents[2]
TARGET = Path(__file__).parent / "static" / "vendor"

FILES = {
    "htmx.org": ("dist/htmx.min.js",),
    "@picocss/pico": ("css/pico.min.css",),
    "@xterm/addon-fit": ("lib/addon-fit.js",),
    "@xterm/xterm": ("lib/xterm.js", "css/xterm.css"),
    "elkjs": ("lib/elk-api.js", "lib/elk-worker.min.js"),
    "asciinema-player": ("dist/bundle/asciinema-player.min.js", "dist/bundle/asciinema-player.css"),
}

FOLDERS = {"@novnc/novnc": (("core", "novnc/core"), ("vendor", "novnc/vendor"))}
"""Modules that import each other by their places: from where to where."""


def vendor(root: Path = ROOT, target: Path = TARGET) -> tuple[Path, ...]:
    """Copy the files under ``root`` into ``target``; ConfigError when they are not what the lock names."""
    locked = json.loads((root / "package-lock.json").read_text("utf-8"))["packages"]
    target.mkdir(parents=True, exist_ok=True)
    copied: list[Path] = []
    for package in (*FILES, *FOLDERS):
        folder = root / "node_modules" / package
        wanted = locked[f"node_modules/{package}"]["version"]
        _check_version(folder, package, wanted)
        for source, under in FOLDERS.get(package, ()):
            shutil.copytree(
                folder / source, target / under, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.md")
            )
            copied.append(target / under)
        for file in FILES.get(package, ()):
            place = target / Path(file).name
            shutil.copyfile(folder / file, place)
            copied.append(place)
    return tuple(copied)


def _check_version(folder: Path, package: str, wanted: str) -> None:
    try:
        found = json.loads((folder / "package.json").read_text("utf-8"))["version"]
    except OSError as error:
        raise ConfigError(
            f"{package} is not installed.", file=str(folder), remedy="Run `npm ci`, then again."
        ) from error
    if found != wanted:
        raise ConfigError(
            f"{package} is {found}, but the lock file names {wanted}.",
            file=str(folder),
            remedy="Run `npm ci`, then again.",
        )


if __name__ == "__main__":
    try:
        for one in vendor():
            sys.stdout.write(f"{one.relative_to(ROOT)}\n")
    except ConfigError as error:
        sys.exit(str(error))
