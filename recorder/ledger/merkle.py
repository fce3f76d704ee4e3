"""Merkle tree hashes and proofs (RFC 6962 section 2.1; the checks follow RFC 9162 sections 2.1.3 and 2.1.4).

A tree is reached through ``Node``: a function that gives the hash of a complete subtree. So the
same lines prove from a list in memory and from tiles on a disk.
"""

import hashlib
from collections.abc import Callable, Sequence

HASH_BYTES = 32

Node = Callable[[int, int], bytes]
"""``node(height, index)``: the hash over leaves ``index << height`` up to, not including, ``(index + 1) << height``."""

EMPTY_ROOT = hashlib.sha256().digest()
"""The root of a tree without leaves (RFC 6962 section 2.1)."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry. Its first byte differs from a node's, so neither can pose as the other."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def node_of(leaves: Sequence[bytes]) -> Node:
    """A ``Node`` over leaf hashes in memory. Nothing is kept between calls."""

    def node(height: int, index: int) -> bytes:
        row = list(leaves[index << height : (index + 1) << height])
        while len(row) > 1:
            row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
        return row[0]

    return node


def root(size: int, node: Node) -> bytes:
    """The root of the tree of the first ``size`` leaves."""
    return _over(0, size, node) if size else EMPTY_ROOT


def prove_inclusion(index: int, size: int, node: Node) -> tuple[bytes, ...]:
    """The hashes that lead from leaf ``index`` to the root of the tree of ``size``, lowest first.

    ValueError when the tree does not hold that leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(_over(middle, stop, node))
            stop = middle
        else:
            path.append(_over(start, middle, node))
            start = middle
    return tuple(reversed(path))


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], wanted: bytes) -> bool:
    """Whether ``leaf`` (a leaf hash) stands at ``index`` in the tree of ``size`` whose root is ``wanted``."""
    if not 0 <= index < size:
        return False
    here, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(sibling, found)
            while not here & 1 and here:  # the right edge skips the rows where it has no sibling
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and found == wanted


def prove_consistency(old: int, new: int, node: Node) -> tuple[bytes, ...]:
    """The hashes that show that the tree of ``new`` leaves begins with the tree of ``old`` leaves.

    Empty when there is nothing to show: an empty old tree, or two equal sizes. ValueError when the
    tree shrank.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves can't extend one of {old}")
    path: list[bytes] = []
    start, stop, whole = 0, new, True  # whole: the old tree's part of this range is the old tree itself
    if old in {0, new}:
        return ()
    while old != stop:
        middle = start + _split(stop - start)
        if old <= middle:
            path.append(_over(middle, stop, node))
            stop = middle
        else:
            path.append(_over(start, middle, node))
            start, whole = middle, False
    if not whole:
        path.append(_over(start, stop, node))
    return tuple(reversed(path))


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether ``path`` shows that the tree of ``new`` extends the tree of ``old`` without any change."""
    if not 0 < old < new:
        same = old == new >= 0 and old_root == new_root
        return not path and (same or (0 == old < new and old_root == EMPTY_ROOT))
    # A complete old tree is itself the first step.
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not steps:
        return False
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    then = now = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            then, now = node_hash(step, then), node_hash(step, now)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            now = node_hash(now, step)
        here, last = here >> 1, last >> 1
    return last == 0 and then == old_root and now == new_root


def _split(count: int) -> int:
    """The largest power of two smaller than ``count``, which is at least 2."""
    return 1 << (count - 1).bit_length() - 1


def _over(start: int, stop: int, node: Node) -> bytes:
    """The hash over ``start`` up to, not including, ``stop``; ``start`` is a multiple of the range's power of two."""
    count = stop - start
    if count & (count - 1) == 0:
        height = count.bit_length() - 1
        return node(height, start >> height)
    middle = start + _split(count)
    return node_hash(_over(start, middle, node), _over(middle, stop, node))
