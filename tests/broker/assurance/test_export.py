import io
import json
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
    files = oscal_files(shipped(), subject, found, seen, ())
    assert set(files) == {RESULTS, "assessment-plan.json", "catalog.json"}
    assert not [fault for data in files.values() for fault in faults(json.loads(data))]
    assert zipped(files) == zipped(files)
    assert ZipFile(io.BytesIO(zipped(files))).read(RESULTS) == files[RESULTS]


def test_without_a_choice_the_lenses_that_apply_are_taken_and_without_such_all() -> None:
    """S-21: what binds the plant comes first."""
    free, bound = Lens("a", applies=False), Lens("b", applies=True)
    assert list(chosen_lenses({"a": free, "b": bound}, ())) == ["b"]
    assert list(chosen_lenses({"a": free}, ())) == ["a"]
    assert list(chosen_lenses({"a": free, "b": bound}, ["a"])) == ["a"]
