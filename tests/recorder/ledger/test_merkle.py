import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.ledger.merkle import (
    EMPTY_ROOT,
    leaf_hash,
    node_of,
    prove_consistency,
    prove_inclusion,
    root,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [  # of the trees of the first 1 to 8 of LEAVES, as Certificate Transparency's reference tests have them
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
FAR = 64
HASHES = [leaf_hash(bytes([number])) for number in range(FAR)]
NODE = node_of(HASHES)
TREES = [root(size, NODE) for size in range(FAR + 1)]


def plainly(entries: list[bytes]) -> bytes:
    """RFC 6962 section 2.1 word for word; slow, and written without looking at the product."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return hashlib.sha256(b"\x01" + plainly(entries[:k]) + plainly(entries[k:])).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_the_published_roots_come_out(size: int) -> None:
    """F01: the roots that RFC 6962 implementations publish."""
    node = node_of([leaf_hash(entry) for entry in LEAVES])
    assert root(size, node).hex() == ROOTS[size - 1] == plainly(LEAVES[:size]).hex()


def test_an_empty_tree_has_the_hash_of_nothing_as_its_root() -> None:
    assert root(0, NODE) == EMPTY_ROOT == plainly([])


def test_every_root_is_what_the_definition_says() -> None:
    for size in range(FAR + 1):
        assert TREES[size] == plainly([bytes([number]) for number in range(size)])


def test_every_leaf_of_every_tree_up_to_64_is_proved_at_its_place_and_at_no_other() -> None:
    """F02: every leaf of every tree."""
    for size in range(1, FAR + 1):
        for index in range(size):
            path = prove_inclusion(index, size, NODE)
            for place in range(size):
                held = verify_inclusion(place, size, HASHES[index], path, TREES[size])
                assert held == (place == index), (size, index, place)


def test_no_inclusion_proof_holds_with_a_hash_changed_left_out_or_added() -> None:
    for size in range(1, FAR + 1):
        for index in range(size):
            path = prove_inclusion(index, size, NODE)
            spoilt = [
                (*path[:at], hashlib.sha256(one).digest(), *path[at + 1 :]) for at, one in enumerate(path)
            ]
            spoilt += [(*path[:at], *path[at + 1 :]) for at in range(len(path))]
            spoilt += [(*path, EMPTY_ROOT), (EMPTY_ROOT, *path)]
            for one in spoilt:
                assert not verify_inclusion(index, size, HASHES[index], one, TREES[size])


@pytest.mark.parametrize(("index", "size"), [(-1, 4), (4, 4), (0, 0)])
def test_a_leaf_outside_the_tree_is_neither_proved_nor_verified(index: int, size: int) -> None:
    assert not verify_inclusion(index, size, HASHES[0], (), TREES[size])
    with pytest.raises(ValueError, match="has no leaf"):
        prove_inclusion(index, size, NODE)


def test_every_pair_of_trees_up_to_64_is_consistent_and_only_with_the_right_roots() -> None:
    """F02: every pair of trees."""
    for new in range(FAR + 1):
        for old in range(new + 1):
            path = prove_consistency(old, new, NODE)
            assert verify_consistency(old, new, TREES[old], TREES[new], path), (old, new)
            wrong = hashlib.sha256(TREES[old]).digest()
            assert not verify_consistency(old, new, wrong, TREES[new], path), (old, new)
            if old:
                assert not verify_consistency(old, new, TREES[old], wrong, path), (old, new)
            assert not verify_consistency(old, new, TREES[old], TREES[new], (*path, wrong)), (old, new)


def test_no_consistency_proof_holds_with_a_hash_changed_or_left_out() -> None:
    for new in range(1, FAR + 1):
        for old in range(1, new):
            path = prove_consistency(old, new, NODE)
            for at, one in enumerate(path):
                changed = (*path[:at], hashlib.sha256(one).digest(), *path[at + 1 :])
                shorter = (*path[:at], *path[at + 1 :])
                assert not verify_consistency(old, new, TREES[old], TREES[new], changed)
                assert not verify_consistency(old, new, TREES[old], TREES[new], shorter)


def test_a_tree_that_shrank_is_not_consistent() -> None:
    assert not verify_consistency(5, 4, TREES[5], TREES[4], ())
    assert not verify_consistency(-1, -1, TREES[4], TREES[4], ())
    assert not verify_consistency(3, 5, TREES[3], TREES[5], ())
    with pytest.raises(ValueError, match="can't extend"):
        prove_consistency(5, 4, NODE)


@given(st.integers(1, 2_000), st.data())
def test_large_trees_prove_and_extend(size: int, data: st.DataObject) -> None:
    hashes = [leaf_hash(number.to_bytes(4, "big")) for number in range(size)]
    node = node_of(hashes)
    whole = root(size, node)
    index = data.draw(st.integers(0, size - 1))
    assert verify_inclusion(index, size, hashes[index], prove_inclusion(index, size, node), whole)
    old = data.draw(st.integers(0, size))
    assert verify_consistency(old, size, root(old, node), whole, prove_consistency(old, size, node))


@given(st.integers(1, 300), st.integers(0, 300), st.lists(st.binary(min_size=32, max_size=32), max_size=10))
def test_no_made_up_path_proves_anything(size: int, index: int, path: list[bytes]) -> None:
    hashes = [leaf_hash(number.to_bytes(4, "big")) for number in range(size)]
    whole = root(size, node_of(hashes))
    assert not verify_inclusion(index, size, leaf_hash(b"forged"), path, whole)
    assert not verify_consistency(min(index, size - 1), size, leaf_hash(b"forged"), whole, path)
