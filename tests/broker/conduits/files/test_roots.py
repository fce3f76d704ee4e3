"""Paths by a permit's limits: what is judged as text alone."""

import posixpath

from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.files.roots import LONGEST_PATH, MIB, Roots, absolute, parted
from domain.access import Flow
from domain.limits import limit_of
from tests.for_each import for_each

GET, PUT = {Flow.GET}, {Flow.PUT}
LIMITS = (
    "sftp get /var/log/**",
    "sftp get /etc/motd",
    "sftp put /firmware/incoming/**",
    "sftp put at most 3 files in all",
    "sftp put at most 2 MiB in all",
)
ROOTS = Roots(map(limit_of, LIMITS))
NAMES = st.lists(
    st.sampled_from([b"a", b"..", b".", b"", b"log", b"var", b"\xff\xfe", b"x" * 255]), max_size=9
)


@for_each(
    "path, home, meant",
    [
        (b"/a/b", b"/h", b"/a/b"),
        (b"a//b/./", b"/h", b"/h/a/b"),
        (b"", b"/h", b"/h"),
        (b"../../..", b"/h/i", b"/"),
        (b"/../../etc", b"/h", b"/etc"),
        (b"/a/../../b", b"/h", b"/b"),
        (b"/" + b"n" * 255, b"/", b"/" + b"n" * 255),
        (b"/\xff\xfe", b"/", b"/\xff\xfe"),
        (b"/a/...", b"/", b"/a/..."),
        (b"/a\x00b", b"/", None),
        (b"/a\\..\\b", b"/", None),
        (b"/" + b"x" * LONGEST_PATH, b"/", None),
    ],
)
def test_a_path_has_one_meaning_or_none(path: bytes, home: bytes, meant: bytes | None) -> None:
    assert absolute(path, home) == meant


@given(NAMES, NAMES)
def test_a_path_is_as_the_standard_library_makes_it_and_stays_so(
    path: list[bytes], home: list[bytes]
) -> None:
    """Property: against posixpath, and once is enough."""
    begin, rest = b"/" + b"/".join(home), b"/".join(path)
    found = absolute(rest, begin)
    assert found is not None
    assert found == b"/" + posixpath.normpath(posixpath.join(b"/" + begin, rest)).lstrip(b"/")
    assert absolute(found, b"/elsewhere") == found
    assert not {b"..", b"."} & set(found.split(b"/"))


@given(NAMES)
def test_no_way_of_writing_a_path_gets_out_of_a_folder(path: list[bytes]) -> None:
    """Property: what is held lies in the folder, however it was written; and what lies there is held."""
    found = absolute(b"/var/log/" + b"/".join(path), b"/")
    assert found is not None
    inside = found == b"/var/log" or found.startswith(b"/var/log/")
    assert ROOTS.hold(found, GET) is inside
    assert not ROOTS.hold(found, {Flow.GET, Flow.PUT})


@for_each(
    "path, get, put, entry, shown",
    [
        (b"/var/log/a", True, False, False, True),
        (b"/var/log", True, False, False, True),
        (b"/var/log2", False, False, False, False),
        (b"/var", False, False, False, True),
        (b"/", False, False, False, True),
        (b"/etc/motd", True, False, False, True),
        (b"/etc/motd/x", False, False, False, False),
        (b"/etc/mot", False, False, False, False),
        (b"/firmware/incoming", False, True, False, True),
        (b"/firmware/incoming/x/\xff", False, True, True, True),
        (b"/firmware/incoming2", False, False, False, False),
    ],
)
def test_what_is_held_is_what_a_limit_names(
    path: bytes, get: bool, put: bool, entry: bool, shown: bool
) -> None:
    found = (ROOTS.hold(path, GET), ROOTS.hold(path, PUT), ROOTS.hold_entry(path), ROOTS.show(path))
    assert found == (get, put, entry, shown)


def test_numbers_name_no_path_and_the_whole_of_an_asset_is_a_root_too() -> None:
    assert bool(ROOTS)
    assert (ROOTS.most(Flow.PUT), ROOTS.most(Flow.GET)) == ((3, 2 * MIB), (None, None))
    assert not Roots(map(limit_of, LIMITS[3:]))
    assert not Roots([limit_of("modbus read coils")])
    everything = Roots([limit_of("sftp get /**")])
    assert everything.hold(b"/", GET)
    assert everything.hold(b"/etc/shadow", GET)
    assert not everything.hold(b"/etc/shadow", PUT)
    assert ROOTS.told(Flow.GET) == "/etc/motd, /var/log/**"
    assert everything.told(Flow.PUT) == "nothing"
    assert (parted(b"/a/b"), parted(b"/a"), parted(b"/")) == ((b"/a", b"b"), (b"/", b"a"), (b"/", b""))
