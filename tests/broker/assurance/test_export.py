import io
import json
from collections.abc import Iterator
from zipfile import ZipFile

from broker.assurance.export import RESULTS, chosen_lenses, oscal_files, subject_of, zipped
from policies.assurance.evidence import Evidence, Span
from policies.assurance.view import Lens, through, view
from tests.oscal_schemas import faults
from tests.policies.assurance.test_baseline import shipped
from tests.policies.plant import NOW, charter


def test_an_export_is_three_files_that_validate() -> None:
    """G03: of a node's own name, charter and software."""
    subject = subject_of(charter(), "plant.example/1")
    assert (subject.charter, subject.software.partition(" ")[0]) == (charter().digest.hex(), "penstock")
    found = view(shipped(), Evidence(), Span(), NOW)
    seen = through(shipped(), Evidence(), found, {"CAF": Lens("CAF", applies=True)})
    files = dict(oscal_files(shipped(), subject, found, seen, ()))
    assert list(files) == ["assessment-plan.json", "catalog.json", RESULTS], "what takes longest comes last"
    assert not [fault for data in files.values() for fault in faults(json.loads(data))]


def test_a_zip_begins_before_its_last_file_is_made_and_is_the_same_bytes_each_time() -> None:
    asked: list[str] = []

    def files() -> Iterator[tuple[str, bytes]]:
        for name in ("a.json", "b.json"):
            asked.append(name)
            yield name, name.encode() * 1000

    pieces = zipped(files())
    first = next(pieces)
    assert (first[:4], asked) == (b"PK\x03\x04", ["a.json"])
    whole = first + b"".join(pieces)
    assert whole == b"".join(zipped(files()))
    with ZipFile(io.BytesIO(whole)) as archive:
        assert {one: archive.read(one) for one in archive.namelist()} == dict(files())
        assert archive.testzip() is None


def test_without_a_choice_the_lenses_that_apply_are_taken_and_without_such_all() -> None:
    """S-21: what binds the plant comes first."""
    free, bound = Lens("a", applies=False), Lens("b", applies=True)
    assert list(chosen_lenses({"a": free, "b": bound}, ())) == ["b"]
    assert list(chosen_lenses({"a": free}, ())) == ["a"]
    assert list(chosen_lenses({"a": free, "b": bound}, ["a"])) == ["a"]
