"""Against a real server that enforces locks, and past a way to it that fails as told."""

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import botocore.auth
import pytest

from recorder.stores.lock_proof import prove_lock
from recorder.stores.s3 import S3Store
from recorder.stores.second import StoreError, Trouble
from tests.ceph import Ceph, versions
from tests.faulty import Fault, Faulty, before

MIB = 1024 * 1024


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def soon(**more: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(**more)


def trouble_of(error: pytest.ExceptionInfo[StoreError]) -> Trouble:
    assert error.value.remedy
    return error.value.trouble


@pytest.fixture(scope="module")
def bucket(ceph: Ceph) -> str:
    return ceph.bucket()


@pytest.fixture
def store(ceph: Ceph, bucket: str) -> Iterator[S3Store]:
    made = ceph.store(bucket)
    yield made
    made.close()


@pytest.fixture
def way(ceph: Ceph) -> Iterator[Faulty]:
    with before(ceph.endpoint) as faulty:
        yield faulty


# -- what every second store promises ----------------------------------------------------------------------


def test_what_is_put_is_there_under_its_name_to_the_byte(store: S3Store) -> None:
    assert store.look("a/one") is None
    version = store.put("a/one", b"sealed", sha(b"sealed"), None)
    held = store.look("a/one")
    assert held is not None
    assert (held.version, held.size, held.sha256, held.locked_until) == (version, 6, sha(b"sealed"), None)
    assert b"".join(store.read("a/one", version)) == b"sealed"


def test_nothing_is_there_too(store: S3Store) -> None:
    version = store.put("a/nothing", b"", sha(b""), None)
    assert b"".join(store.read("a/nothing", version)) == b""


def test_a_name_that_is_taken_gets_another_version_and_the_first_stays(store: S3Store) -> None:
    first = store.put("a/two", b"first", sha(b"first"), None)
    second = store.put("a/two", b"second", sha(b"second"), None)
    assert first != second
    assert store.versions("a/two") == (second, first)
    assert b"".join(store.read("a/two", first)) == b"first"


def test_f10_what_is_locked_can_t_be_deleted_nor_its_lock_shortened(ceph: Ceph, bucket: str) -> None:
    """F10: nor by an administrator, nor by writing over it; the server itself refuses."""
    store, until = ceph.store(bucket), soon(minutes=2)
    version = store.put("a/locked", b"sealed", sha(b"sealed"), until)
    assert store.lock("a/locked", version, until) == until
    for bypass in (False, True):
        with pytest.raises(StoreError) as refused:
            store.delete("a/locked", version, bypass=bypass)
        assert trouble_of(refused) is Trouble.DENIED
    with pytest.raises(StoreError):
        store.retain("a/locked", version, until - timedelta(minutes=1))
    store.put("a/locked", b"forged", sha(b"forged"), None)
    assert b"".join(store.read("a/locked", version)) == b"sealed"


def test_a_lock_is_lengthened_and_never_shortened_by_asking_for_less(store: S3Store) -> None:
    until = soon(minutes=2)
    version = store.put("a/longer", b"x", sha(b"x"), until)
    later = until + timedelta(minutes=5)
    assert store.lock("a/longer", version, later) == later
    assert store.lock("a/longer", version, until) == later


def test_what_was_sent_in_parts_is_locked_even_where_the_server_forgot_to(store: S3Store) -> None:
    """Ceph RGW 16 takes the lock's headers with the first request of an upload in parts, and sets no lock."""
    first, second, until = os.urandom(5 * MIB), b"the rest", soon(minutes=2)
    upload = store.begin("a/parts", sha(first + second), until)
    assert store.unfinished() == (("a/parts", upload),)
    tags = (store.send("a/parts", upload, 1, b"z" * 5 * MIB), store.send("a/parts", upload, 2, second))
    tags = (store.send("a/parts", upload, 1, first), tags[1])  # the last one counts
    version = store.complete("a/parts", upload, tags)
    assert store.unfinished() == ()
    assert store.lock("a/parts", version, until) == until
    held = store.look("a/parts")
    assert held is not None
    assert (held.size, held.sha256) == (len(first) + len(second), sha(first + second))
    assert b"".join(store.read("a/parts", version)) == first + second


def test_an_upload_that_is_given_up_is_gone_and_may_be_given_up_again(store: S3Store) -> None:
    upload = store.begin("a/given-up", sha(b""), None)
    store.abort("a/given-up", upload)
    store.abort("a/given-up", upload)
    assert store.unfinished() == ()
    with pytest.raises(StoreError) as gone:
        store.send("a/given-up", upload, 1, b"x")
    assert trouble_of(gone) is Trouble.GONE
    assert store.look("a/given-up") is None


# -- what goes wrong ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (Fault.FAILING, Trouble.FAILING),
        (Fault.UNSAID, Trouble.CUT),
        (Fault.FULL, Trouble.FULL),
        (Fault.SLOW, Trouble.SLOW),
    ],
)
def test_e02_each_way_to_fail_has_its_own_name(
    ceph: Ceph, bucket: str, way: Faulty, fault: Fault, trouble: Trouble
) -> None:
    store = ceph.store(bucket, way.endpoint, read_s=0.3)
    way.always(fault)
    with pytest.raises(StoreError) as failed:
        store.put("b/fails", b"sealed", sha(b"sealed"), None)
    assert trouble_of(failed) is trouble
    way.well()
    store.put("b/fails", b"sealed", sha(b"sealed"), None)


def test_an_answer_that_breaks_off_or_comes_back_changed_is_seen(
    ceph: Ceph, bucket: str, way: Faulty
) -> None:
    store = ceph.store(bucket, way.endpoint)
    version = store.put("b/cut", b"sealed" * 1000, sha(b"sealed" * 1000), None)
    way.always(Fault.CUT)
    with pytest.raises(StoreError) as cut:
        list(store.read("b/cut", version))
    assert trouble_of(cut) is Trouble.CUT
    way.always(Fault.FLIPPED)
    assert sha(b"".join(store.read("b/cut", version))) != sha(b"sealed" * 1000)


def test_a_store_that_is_not_there_says_so(ceph: Ceph, bucket: str) -> None:
    store = ceph.store(bucket, "http://127.0.0.1:9")
    with pytest.raises(StoreError) as away:
        store.look("c/one")
    assert trouble_of(away) is Trouble.AWAY


def test_a_wrong_secret_and_a_missing_bucket_are_told_apart(ceph: Ceph, bucket: str) -> None:
    with pytest.raises(StoreError) as denied:
        ceph.store(bucket, secret="wrong").put("c/one", b"x", sha(b"x"), None)
    assert trouble_of(denied) is Trouble.DENIED
    for deed in (lambda store: store.put("c/one", b"x", sha(b"x"), None), lambda store: store.look("c/one")):
        with pytest.raises(StoreError) as missing:
            deed(ceph.store("no-such-bucket"))
        assert trouble_of(missing) is Trouble.NO_BUCKET


def test_a_clock_that_is_wrong_is_named(ceph: Ceph, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    late = datetime.now(UTC) + timedelta(hours=2)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda **_: late)
    with pytest.raises(StoreError) as skewed:
        ceph.store(bucket).put("c/one", b"x", sha(b"x"), None)
    assert trouble_of(skewed) is Trouble.SKEWED


def test_a_bucket_without_versions_is_refused(ceph: Ceph) -> None:
    store = ceph.store(ceph.bucket(locks=False, versions=False))
    with pytest.raises(StoreError) as open_to_all:
        store.put("c/one", b"x", sha(b"x"), None)
    assert trouble_of(open_to_all) is Trouble.UNLOCKED


def test_no_error_tells_a_secret_and_nothing_comes_from_the_environment(
    ceph: Ceph, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert ceph.store(bucket).look("nothing") is None
    with pytest.raises(StoreError) as denied:
        ceph.store(bucket, secret="do-not-tell").look("nothing")
    assert "do-not-tell" not in str(denied.value)


# -- the proof of the lock ---------------------------------------------------------------------------------


def test_f10_a_lock_that_holds_is_proven_by_trying_to_break_it(store: S3Store) -> None:
    """F10: shorten, loosen, delete, delete as an administrator, write over."""
    proof = prove_lock(store, datetime.now(UTC))
    assert (proof.held, proof.code) == (True, "lock_held"), proof
    assert sum("was refused" in fact for fact in proof.facts) == 4


def test_a_bucket_without_locks_is_named(ceph: Ceph) -> None:
    proof = prove_lock(ceph.store(ceph.bucket(locks=False)), datetime.now(UTC))
    assert (proof.held, proof.code) == (False, "lock_not_set"), proof


def test_a_proof_leaves_nothing_behind_but_its_canary(ceph: Ceph) -> None:
    bucket = ceph.bucket()
    prove_lock(ceph.store(bucket), datetime.now(UTC))
    assert {str(one["Key"]).split("/")[2] for one in versions(ceph, bucket)} == {"proof"}


@pytest.mark.parametrize(
    ("lies", "code"),
    [
        (lambda verb, path: verb == "DELETE", "lock_deleted"),
        (lambda verb, path: verb == "PUT" and "retention" in path, "lock_shortened"),
    ],
)
def test_a_server_that_says_yes_and_does_nothing_is_named(
    ceph: Ceph, bucket: str, way: Faulty, lies: object, code: str
) -> None:
    assert callable(lies)
    way.judge = lambda verb, path, _before: Fault.YES if lies(verb, path) else Fault.NONE
    proof = prove_lock(ceph.store(bucket, way.endpoint), datetime.now(UTC))
    assert (proof.held, proof.code) == (False, code), proof


def test_a_store_that_can_t_be_asked_is_neither_proven_nor_named_a_liar(
    ceph: Ceph, bucket: str, way: Faulty
) -> None:
    way.always(Fault.FAILING)
    with pytest.raises(StoreError) as failing:
        prove_lock(ceph.store(bucket, way.endpoint), datetime.now(UTC))
    assert trouble_of(failing) is Trouble.FAILING
