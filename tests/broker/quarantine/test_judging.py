"""What may become of a file: every reason, and which of two is told."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from broker.quarantine.judging import Contents, Judgement, Looked, Scan, ScanResult, judge
from broker.quarantine.seams import FileState
from broker.quarantine.signatures import Signature
from domain.screening import FileKind, FileRules
from tests.for_each import for_each

CLEAN = Scan("clamav", "1.4", ScanResult.CLEAN)
LOOKED = Looked("ab" * 32, 100, "fw.bin", True, FileKind.ELF, (CLEAN,))
OPEN = FileRules(at_once=True)
SIGNED = FileRules(at_once=True, signed_by=frozenset({"ssh-ed25519 AAAA"}))
HELD, REFUSED, RELEASED = FileState.HELD, FileState.REFUSED, FileState.RELEASED


def scanned(outcome: ScanResult, *what: str) -> Looked:
    return replace(LOOKED, scans=(CLEAN, Scan("yara-x", "1.22", outcome, what)))


def holding(fault: str) -> Looked:
    return replace(LOOKED, kind=FileKind.ZIP, contents=Contents(3, 9, ("a",), fault, "So it is."))


@for_each(
    "looked, rules, state, code, releasable",
    [
        (LOOKED, OPEN, RELEASED, "file_clean", True),
        (LOOKED, FileRules(), HELD, "file_waits", True),
        (replace(LOOKED, scans=()), OPEN, HELD, "file_no_scanner", True),
        (replace(LOOKED, whole=False), OPEN, REFUSED, "file_cut", False),
        (LOOKED, replace(OPEN, largest_bytes=100), RELEASED, "file_clean", True),
        (LOOKED, replace(OPEN, largest_bytes=99), REFUSED, "file_too_large", False),
        (LOOKED, replace(OPEN, endings=frozenset({".bin"})), RELEASED, "file_clean", True),
        (replace(LOOKED, name="fw.BIN"), replace(OPEN, endings=frozenset({".bin"})), RELEASED, "file_clean", True),
        (replace(LOOKED, name="fw.bin.exe"), replace(OPEN, endings=frozenset({".bin"})), REFUSED, "file_ending", False),
        (LOOKED, replace(OPEN, kinds=frozenset({FileKind.ELF})), RELEASED, "file_clean", True),
        (LOOKED, replace(OPEN, kinds=frozenset({FileKind.ZIP})), REFUSED, "file_kind", False),
        (LOOKED, replace(OPEN, expected=frozenset({"ab" * 32})), RELEASED, "file_clean", True),
        (LOOKED, replace(OPEN, expected=frozenset({"cd" * 32})), HELD, "file_not_expected", True),
        (scanned(ScanResult.FOUND, "rules:bad"), OPEN, HELD, "file_found", True),
        (scanned(ScanResult.FAILED), OPEN, HELD, "file_not_scanned", False),
        (scanned(ScanResult.BEYOND), OPEN, HELD, "file_beyond_scanner", True),
        (replace(LOOKED, fault="It took too long."), OPEN, HELD, "file_not_screened", False),
        (replace(LOOKED, fault="Lost."), replace(OPEN, kinds=frozenset({FileKind.ZIP})), HELD, "file_not_screened", False),
        (replace(LOOKED, kind=FileKind.RAR), OPEN, HELD, "file_archive_shut", True),
        (holding(""), OPEN, RELEASED, "file_clean", True),
        (LOOKED, SIGNED, HELD, "file_unsigned", True),
        (replace(LOOKED, signature=Signature(fault="It is another's.")), SIGNED, HELD, "file_signature_wrong", True),
        (replace(LOOKED, signature=Signature("SHA256:x")), SIGNED, RELEASED, "file_clean", True),
        (replace(LOOKED, signs=True), SIGNED, RELEASED, "file_clean", True),
        (replace(scanned(ScanResult.FOUND, "x"), signature=Signature("SHA256:x")), SIGNED, HELD, "file_found", True),
        (replace(LOOKED, signature=Signature("SHA256:x"), scans=()), SIGNED, HELD, "file_no_scanner", True),
        (holding("file_archive_bomb"), OPEN, HELD, "file_archive_bomb", True),
        (holding("file_archive_sealed"), OPEN, HELD, "file_archive_sealed", True),
    ],
)  # fmt: skip
def test_each_reason_has_its_answer(
    looked: Looked, rules: FileRules, state: FileState, code: str, releasable: bool
) -> None:
    """D15: what is found in a file, is not what the plant expects, or could not be looked at, is held."""
    said = judge(looked, rules)
    assert (said.state, said.code, said.releasable) == (state, code, releasable)
    assert said.sentence.endswith(".")
    assert said.remedy or state is RELEASED


def test_a_scanner_that_failed_is_told_before_one_that_found_something_so_that_nobody_releases_half_a_look() -> (
    None
):
    both = replace(LOOKED, scans=(Scan("a", "", ScanResult.FOUND, ("x",)), Scan("b", "", ScanResult.FAILED)))
    assert judge(both, OPEN).code == "file_not_scanned"


outcomes = st.sampled_from(ScanResult)
rules_ = st.builds(
    FileRules,
    at_once=st.booleans(),
    largest_bytes=st.sampled_from([0, 50, 200]),
    endings=st.sampled_from([frozenset(), frozenset({".bin"}), frozenset({".zip"})]),
    kinds=st.sampled_from([frozenset(), frozenset({FileKind.ELF}), frozenset({FileKind.ZIP})]),
    expected=st.sampled_from([frozenset(), frozenset({"ab" * 32}), frozenset({"cd" * 32})]),
)


@given(st.lists(outcomes, max_size=3), rules_, st.booleans(), st.sampled_from(["", "fault"]))
def test_nothing_passes_by_itself_unless_every_look_found_nothing_and_the_charter_lets_it(
    found: list[ScanResult], rules: FileRules, whole: bool, fault: str
) -> None:
    looked = replace(LOOKED, whole=whole, fault=fault, scans=tuple(Scan("s", "", one) for one in found))
    said: Judgement = judge(looked, rules)
    if said.state is RELEASED:
        assert whole
        assert not fault
        assert set(found) == {ScanResult.CLEAN}
        assert rules.at_once


def test_a_scan_is_one_line_for_the_ledger() -> None:
    assert CLEAN.line() == "clamav 1.4: clean"
    assert Scan("clamav", "", ScanResult.FOUND, ("Eicar", "Other")).line() == "clamav: found: Eicar, Other"
