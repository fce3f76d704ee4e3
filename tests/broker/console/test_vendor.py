import json
from pathlib import Path

import pytest

from broker.console.vendor import FILES, FOLDERS, ROOT, vendor
from domain.errors import ConfigError


def lay(root: Path, version: str = "1.0.0") -> None:
    packages = {f"node_modules/{name}": {"version": "1.0.0"} for name in (*FILES, *FOLDERS)}
    (root / "package-lock.json").write_text(json.dumps({"packages": packages}))
    for name, files in FILES.items():
        for file in files:
            place = root / "node_modules" / name / file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(f"{name}/{file}")
        (root / "node_modules" / name / "package.json").write_text(json.dumps({"version": version}))
    for name, folders in FOLDERS.items():
        for source, _place in folders:
            (root / "node_modules" / name / source).mkdir(parents=True)
            (root / "node_modules" / name / source / "one.js").write_text(source)
        (root / "node_modules" / name / "package.json").write_text(json.dumps({"version": version}))


def test_what_pages_use_is_copied(tmp_path: Path) -> None:
    lay(tmp_path)
    copied = vendor(tmp_path, tmp_path / "vendor")
    assert sorted(path.name for path in copied) == sorted(
        [
            *(Path(file).name for files in FILES.values() for file in files),
            *(Path(place).name for folders in FOLDERS.values() for _source, place in folders),
        ]
    )
    assert (tmp_path / "vendor" / "novnc" / "core" / "one.js").read_text() == "core"
    assert (tmp_path / "vendor" / "htmx.min.js").read_text() == "htmx.org/dist/htmx.min.js"


def test_another_version_than_the_lock_s_is_not_copied(tmp_path: Path) -> None:
    lay(tmp_path, version="1.0.1")
    with pytest.raises(ConfigError, match=r"is 1\.0\.1, but the lock file names 1\.0\.0"):
        vendor(tmp_path, tmp_path / "vendor")


def test_a_missing_package_says_what_to_do(tmp_path: Path) -> None:
    lay(tmp_path)
    (tmp_path / "node_modules" / "htmx.org" / "package.json").unlink()
    with pytest.raises(ConfigError) as error:
        vendor(tmp_path, tmp_path / "vendor")
    assert "npm ci" in error.value.remedy


def test_the_lock_file_pins_by_hash_and_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert all(one["integrity"].startswith("sha512-") for one in packages.values())
    assert not [name for name, one in packages.items() if "resolved" in one]
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))
    for name, version in (wanted["dependencies"] | wanted["devDependencies"]).items():
        assert packages[f"node_modules/{name}"]["version"] == version
