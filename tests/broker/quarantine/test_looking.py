"""What one look finds out, in this process; ``test_lookers`` has it done by one of its own."""

import io
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from broker.quarantine import looking
from broker.quarantine.archives import Bounds
from broker.quarantine.lookers import Means, begun
from broker.quarantine.looking import Looker
from broker.quarantine.spool import WHOLE
from tests.broker.quarantine.packed import sealed, zipped
from tests.broker.quarantine.store import Place
from tests.house.repository import HERE

RULE = 'rule backdoor { strings: $a = "let me in" condition: $a }'


def kept(place: Place, data: bytes) -> Any:
    folder = place.folder / "quarantine"
    folder.mkdir(exist_ok=True)
    for one in folder.iterdir():
        one.unlink()
    shelf = place.shelf
    with ThreadPoolExecutor(1) as workers:
        spool = shelf.spool("f" * 26, {}, workers)
        spool.write(0, data)
        while spool.job is not None:
            spool.job.result()
        spool.close(WHOLE)
    shelf.close()
    return shelf


def looked(place: Place, data: bytes, rules: list[str], largest: int = 1000) -> Mapping[str, Any]:
    reader = kept(place, data).open("f" * 26, len(data))
    try:
        return Looker("", rules, 5, largest, Bounds()).look(reader, "fw.zip")
    finally:
        reader.close()


def test_a_rule_sees_the_file_and_what_lies_in_it_and_what_is_too_large_is_said(place: Place) -> None:
    path = place.folder / "plant.yar"
    path.write_text(RULE)
    rules = [str(path)]
    (scan,) = looked(place, b"let me in", rules)["scans"]
    assert (scan["outcome"], scan["what"]) == ("found", ("plant.yar:backdoor",))
    said = looked(place, zipped({"a/b": b"let me in" + b"-" * 500}), rules)
    assert said["scans"][0]["what"] == ("plant.yar:backdoor in fw.zip/a/b",)
    assert (said["kind"], said["contents"]["count"]) == ("zip", 1)
    assert looked(place, bytes(1001), rules)["scans"][0]["outcome"] == "beyond"
    assert looked(place, bytes(1000), rules)["scans"][0]["outcome"] == "clean"
    assert looked(place, zipped({"big": bytes(1001)}), rules)["scans"][0]["outcome"] == "beyond"
    assert looked(place, sealed(), [])["contents"]["fault"] == "file_archive_sealed"
    assert looked(place, b"x", [])["scans"] == []


def test_rules_that_can_not_be_used_fail_every_look(place: Place) -> None:
    (scan,) = looked(place, b"x", [str(place.folder / "none.yar")])["scans"]
    assert scan["outcome"] == "failed"
    assert "none.yar" in scan["what"][0]


def test_each_line_has_its_answer_and_a_file_that_is_gone_is_one(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[int] = []
    monkeypatch.setattr(resource, "setrlimit", lambda what, _how: limits.append(what))
    shelf = kept(place, b"abc")
    begun = {
        "folder": str(place.folder),
        "clamd": "",
        "yara": [],
        "patience_s": 5,
        "yara_bytes": 10,
        "memory_bytes": 1 << 30,
        "bounds": {"depth": 2},
    }
    asked = {
        "path": str(shelf.path("f" * 26)),
        "key": shelf.key("f" * 26).hex(),
        "size": 3,
        "name": "x",
        "within_s": 60,
    }
    gone = asked | {"path": str(Path(asked["path"]).with_name("none.pnr"))}
    other = asked | {"key": "00" * 32}
    given = io.StringIO("".join(json.dumps(one) + "\n" for one in (begun, asked, gone, other)))
    answers = io.StringIO()
    looking.main(given, answers)
    ready, seen, *faults = [json.loads(line) for line in answers.getvalue().splitlines()]
    assert ready == {"ready": True, "fault": ""}
    assert (seen["kind"], seen["contents"]) == ("text", None)
    assert all(one["fault"] for one in faults)
    assert {resource.RLIMIT_DATA, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE} == set(limits)


def test_a_look_that_nobody_waits_for_any_more_ends_by_itself(place: Place) -> None:
    """Behind a socket there is nobody to kill it: the kernel does, in the middle of whatever it reads."""
    never = place.folder / "never"
    os.mkfifo(never)  # opening it waits for a writer, for ever
    asked = {"path": str(never), "key": "00" * 32, "size": 3, "name": "x", "within_s": 0.1 - looking.LAST_S}
    lines = b"".join(json.dumps(one).encode() + b"\n" for one in (begun(Means()), asked))
    done = subprocess.run(
        [sys.executable, "-P", "-m", "broker.quarantine.looking"], input=lines, capture_output=True, check=False,
        env=os.environ | {"PYTHONPATH": str(HERE)},
    )  # fmt: skip
    assert json.loads(done.stdout)["ready"]
    assert done.returncode == -signal.SIGALRM
