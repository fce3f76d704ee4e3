"""What a proof makes of a store that gives way; against a real one it is tried in ``test_s3.py``."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from recorder.stores.lock_proof import NO_ANSWER, prove_lock
from recorder.stores.second import Held, StoreError, Trouble

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Yielding:
    """A store whose lock holds but for what ``gives``."""

    gives: str = ""
    trouble: Trouble = Trouble.DENIED
    may_lengthen: bool = True
    kept: dict[str, Held] = field(default_factory=dict)
    data: dict[str, bytes] = field(default_factory=dict)

    def put(self, name: str, data: bytes, sha256: str, until: datetime | None) -> str:
        if self.gives == "put":
            raise StoreError(self.trouble, "No.")
        version = str(len(self.kept))
        self.kept[version] = Held(version, len(data), sha256, until)
        self.data[version] = data
        if self.gives == "overwrite":
            self.data["0"] = data
        if self.gives == "forget" and version == "1":
            self.kept["0"] = replace(self.kept["0"], locked_until=None)
        return version

    def lock(self, name: str, version: str, until: datetime) -> datetime:
        if self.gives == "lock":
            raise StoreError(Trouble.UNLOCKED, "It is not locked.")
        return until

    def held(self, name: str, version: str) -> Held | None:
        return self.kept.get(version)

    def read(self, name: str, version: str) -> Iterator[bytes]:
        yield self.data[version]

    def retain(self, name: str, version: str, until: datetime, mode: str = "COMPLIANCE") -> None:
        before = self.kept[version].locked_until
        assert before is not None
        deed = "loosen" if mode != "COMPLIANCE" else "shorten" if until < before else "lengthen"
        if deed == self.gives or (deed == "lengthen" and self.may_lengthen):
            self.kept[version] = replace(self.kept[version], locked_until=until)
            return
        raise StoreError(self.trouble, "No.")

    def delete(self, name: str, version: str, *, bypass: bool) -> None:
        if self.gives != ("bypass" if bypass else "delete"):
            raise StoreError(self.trouble, "No.")


def test_a_lock_that_refuses_everything_holds() -> None:
    assert prove_lock(Yielding(), NOW).held


@pytest.mark.parametrize(
    ("gives", "code"),
    [
        ("lock", "lock_not_set"),
        ("put", "lock_not_set"),
        ("shorten", "lock_shortened"),
        ("loosen", "lock_loosened"),
        ("delete", "lock_deleted"),
        ("bypass", "lock_deleted"),
        ("forget", "lock_forgotten"),
        ("overwrite", "lock_overwritten"),
    ],
)
def test_what_gives_way_first_is_named(gives: str, code: str) -> None:
    proof = prove_lock(Yielding(gives), NOW)
    assert (proof.held, proof.code) == (False, code)


def test_credentials_that_may_not_even_lengthen_prove_nothing() -> None:
    proof = prove_lock(Yielding(may_lengthen=False), NOW)
    assert (proof.held, proof.code) == (False, "lock_unproven")


@pytest.mark.parametrize("trouble", sorted(NO_ANSWER))
def test_a_store_that_does_not_answer_is_not_judged(trouble: Trouble) -> None:
    with pytest.raises(StoreError):
        prove_lock(Yielding(trouble=trouble), NOW)


def test_the_canary_s_lock_ends_by_itself() -> None:
    store = Yielding()
    prove_lock(store, NOW)
    ends = store.kept["0"].locked_until
    assert ends is not None
    assert timedelta() < ends - NOW < timedelta(minutes=15)
