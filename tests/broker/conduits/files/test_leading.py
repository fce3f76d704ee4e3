"""Where a path leads, step by step, against answers that an asset may give."""

from collections.abc import Generator
from typing import Any

import pytest

from broker.conduits.files import packets as sftp
from broker.conduits.files.leading import (
    CHANGED,
    LEADS_OUT,
    LOOKS,
    FailedError,
    Leading,
    NotWithinError,
    flows_by,
    held,
    one_file,
)
from broker.conduits.files.roots import Roots
from domain.access import Flow
from domain.limits import limit_of
from tests.for_each import for_each

ROOTS = Roots(map(limit_of, ("sftp get /out/**", "sftp put /in/**")))
REGULAR, LINK, FIFO = 0o100644, 0o120777, 0o010644


def name(path: bytes) -> bytes:
    return sftp.request(sftp.NAME, 1, sftp.number32(1), sftp.text(path), sftp.text(path), sftp.number32(0))[
        4:
    ]


def attributes(mode: int = REGULAR, size: int = 5, owner: int = 0, changed: int = 7) -> bytes:
    flags = sftp.SIZE | sftp.OWNER | sftp.MODE | sftp.TIMES
    words = (owner, owner, mode, changed, changed)
    body = sftp.number32(flags) + sftp.number64(size) + b"".join(map(sftp.number32, words))
    return sftp.request(sftp.ATTRS, 1, body)[4:]


def no(code: int = sftp.NO_SUCH_FILE) -> bytes:
    return sftp.status(1, code, "No such file")[4:]


HANDLE = sftp.request(sftp.HANDLE, 1, sftp.text(b"h"))[4:]
DONE = sftp.status(1, sftp.OK)[4:]


def told(steps: Generator[list[Any], list[bytes], Any], *answers: list[bytes]) -> tuple[object, list[int]]:
    """What the steps come to, and the types of what they asked."""
    asked = [one[0] for one in next(steps)]
    try:
        for one in answers:
            asked += [each[0] for each in steps.send(one)]
    except StopIteration as done:
        return done.value, asked
    except (NotWithinError, FailedError) as error:
        return error, asked
    return None, asked


def out(path: bytes) -> bool:
    return ROOTS.hold(path, {Flow.GET})


def test_a_path_is_what_the_asset_says_that_it_is_and_is_judged_again() -> None:
    for path, follow, answers, found in (
        (b"/out/a", True, [[name(b"/out/b")]], b"/out/b"),
        (b"/out/a", False, [[name(b"/out/real")]], b"/out/real/a"),
        (b"a", True, [[name(b"/out")], [name(b"/out/a")]], b"/out/a"),
        (b"/out/a", True, [[name(b"/etc/shadow")]], LEADS_OUT),
        (b"/out/a", True, [[name(b"/out/../etc/shadow")]], LEADS_OUT),
        (b"/out/a", True, [[name(b"out/a")]], LEADS_OUT),
    ):
        assert told(Leading(ROOTS).leads(path, out, follow=follow), *answers)[0] == found
    failed, _asked = told(Leading(ROOTS).leads(b"/out/a", out, follow=True), [no()])
    assert isinstance(failed, FailedError)
    assert (failed.code, failed.sentence) == (sftp.NO_SUCH_FILE, "No such file")
    with pytest.raises(NotWithinError, match="not within"):
        next(Leading(ROOTS).leads(b"/etc/shadow", out, follow=True))  # the asset is not even asked


def looks(path: bytes = b"/out/a", seen: bytes | None = None, own: bytes | None = None) -> list[bytes]:
    each = [name(path), seen or attributes()] * LOOKS
    return [*each, own or attributes(), *each]


@for_each(
    "before, answers, comes",
    [
        (attributes(), looks(), "held"),
        (attributes(), looks(seen=attributes(size=9), own=attributes(size=9)), "held"),
        (attributes(), looks(own=attributes(size=4)), "changed"),
        (attributes(), looks(own=attributes(size=6)), "changed"),
        (attributes(), looks(own=attributes(owner=33)), "changed"),
        (attributes(), looks(own=attributes(0o100600)), "changed"),
        (attributes(), looks(own=attributes(changed=6)), "changed"),
        (attributes(), looks(own=no()), "changed"),
        (attributes(), looks(seen=attributes(LINK)), "changed"),
        (attributes(), looks(b"/etc/shadow"), "changed"),
        (attributes(), [*looks()[:-2], no(), attributes()], "changed"),
        (attributes(), [*looks()[:-1], no()], "changed"),
        (attributes(LINK), [], "changed"),
        (attributes(FIFO), [], "changed"),
        (sftp.request(sftp.ATTRS, 1, sftp.number32(0))[4:], [], "changed"),
        (no(), [], "failed"),
        (no(sftp.PERMISSION_DENIED), [], "failed"),
    ],
)
def test_an_open_file_is_the_one_that_was_looked_at_or_is_closed(
    before: bytes, answers: list[bytes], comes: str
) -> None:
    found, asked = told(
        held(b"/out/a", sftp.READS, b""), [before], *([[HANDLE], answers, [DONE]] if answers else [])
    )
    if comes == "held":
        assert isinstance(found, tuple)
        assert found[0] == b"h"
    else:
        assert found is CHANGED if comes == "changed" else isinstance(found, FailedError)
    assert (sftp.CLOSE in asked) is (comes == "changed" and bool(answers))


def test_what_is_there_is_not_made_and_what_is_made_is_made_anew() -> None:
    wants = sftp.WRITES | sftp.CREATES | sftp.TRUNCATES
    for before, flags, then in (
        (attributes(), sftp.WRITES, [sftp.FSETSTAT]),
        (no(), sftp.WRITES | sftp.CREATES | sftp.EXCLUSIVE, []),
    ):
        steps = held(b"/in/a", wants, b"")
        next(steps)
        ((kind, parts),) = steps.send([before])
        assert (kind, parts[1]) == (sftp.OPEN, sftp.number32(flags))
        steps.send([HANDLE])
        found, asked = None, []
        try:
            asked = [one[0] for one in steps.send(looks(b"/in/a"))]
            steps.send([DONE])
        except StopIteration as done:
            found = done.value
        assert (found, asked) == ((b"h", 5), then)


def test_which_ways_an_open_file_goes() -> None:
    assert flows_by(0) == flows_by(sftp.READS) == {Flow.GET}
    assert flows_by(sftp.WRITES) == flows_by(sftp.TRUNCATES) == {Flow.PUT}
    assert flows_by(sftp.READS | sftp.APPENDS) == {Flow.GET, Flow.PUT}
    assert one_file([attributes(), attributes(size=6, changed=8), attributes(size=6, changed=8)])
