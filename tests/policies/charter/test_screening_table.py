import tomllib

from domain.screening import FileKind, FileRules
from policies.charter.places import Places
from policies.charter.screening_table import read_screening
from policies.charter.table import Source, Table
from tests.for_each import for_each

DIGEST = "0f" * 32
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJN3eT1zTqbZ3mFsOYw2U3c8y1FQ4bVv0c3T1H2yq0aN"


def read(text: str) -> tuple[FileRules, list[str]]:
    source = Source("conduits.toml", Places(text))
    conduit = Table(source, ("conduit", 0), tomllib.loads(text)["conduit"][0], "conduit")
    rules = read_screening(conduit)
    return rules, [one.fact for one in source.faults]


def test_what_a_conduit_asks_of_files_is_read() -> None:
    rules, faults = read(
        "[[conduit]]\n[conduit.screening]\nat_once = true\nlargest_mib = 2\n"
        f'endings = [".bin", ".tar.gz"]\nkinds = ["elf", "unknown"]\nexpected = ["{DIGEST}"]\n'
        f'signed_by = ["{KEY} release key 2026"]\n'
    )
    assert not faults
    assert rules == FileRules(
        True,
        2 * 1024 * 1024,
        frozenset({".bin", ".tar.gz"}),
        frozenset({FileKind.ELF, FileKind.UNKNOWN}),
        frozenset({DIGEST}),
        frozenset({KEY}),
    )


def test_a_conduit_that_says_nothing_of_files_lets_none_through_by_itself() -> None:
    assert read("[[conduit]]\n") == (FileRules(), [])


@for_each(
    "line, fault",
    [
        ('endings = ["bin"]', "is not an ending"),
        ('endings = [".BIN"]', "is not an ending"),
        ("endings = []", "is empty"),
        ('kinds = ["exe"]', "exe"),
        ('expected = ["ABCD"]', "is not a SHA-256"),
        ('signed_by = ["a key"]', "is not a public key"),
        ("largest_mib = 0", "is not from 1"),
        ('release = "anybody"', "release"),
    ],
)
def test_a_mistake_is_named(line: str, fault: str) -> None:
    _, faults = read(f"[[conduit]]\n[conduit.screening]\n{line}\n")
    assert len(faults) == 1
    assert fault in faults[0]
