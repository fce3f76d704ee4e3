import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.terminal.program import (
    LONGEST_DETAIL,
    MOST_VARIABLES,
    Environment,
    Resizes,
    clamped,
    detail_of,
    grant_of,
    terminal_name,
)
from tests.for_each import for_each


@for_each(
    ("request_", "what", "grant"),
    [
        ("shell", b"", "shell"),
        ("subsystem", b"sftp", "sftp"),
        ("subsystem", b"netconf", "subsystem"),
        ("subsystem", b"sftp ", "subsystem"),
        ("exec", b"scp -t /tmp/x", "scp:put"),
        ("exec", b"scp -r -p -t -- /tmp/x", "scp:put"),
        ("exec", b"scp -v -f file.txt", "scp:get"),
        ("exec", b"scp -t ~/x", "scp:put"),
        ("exec", b"scp -t x; bash", "exec"),
        ("exec", b"scp -t x\nbash", "exec"),
        ("exec", b"scp -t $(bash)", "exec"),
        ("exec", b"scp -t `id`", "exec"),
        ("exec", b"scp -t x y", "exec"),
        ("exec", b"scp -S /tmp/x -t y", "exec"),
        ("exec", b"scp -oProxyCommand=id -t y", "exec"),
        ("exec", b"scp", "exec"),
        ("exec", b"scp -t x && id", "exec"),
        ("exec", b"/usr/bin/scp -t x", "exec"),
        ("exec", b"scp -t -x", "exec"),
        ("exec", b"rsync --server . x", "rsync:put"),
        ("exec", b"rsync --server -vlogDtpre.iLsfxCIvu . /p/ a", "rsync:put"),
        ("exec", b"rsync --server --sender -vlogDtpre.iLsfxCIvu . /p/", "rsync:get"),
        ("exec", b"rsync --server -lrcie.iLsfxCIvu --log-format=%i --delete . h/", "rsync:put"),
        ("exec", b"rsync --server -re.x . with\\ blank ~/x ~", "rsync:put"),
        ("exec", b"rsync --server --sender -se.x . /p", "exec"),
        ("exec", b"rsync --server --sender -re.x --log-file=/x . /p", "exec"),
        ("exec", b"rsync --server -re.x . --log-file=/x", "exec"),
        ("exec", b"rsync --server -re.x . \\-x", "exec"),
        ("exec", b"rsync --server --sender -re.x --remove-source-files . a", "exec"),
        ("exec", b"rsync --server --sender -re.x --delete . a", "exec"),
        ("exec", b"rsync --server -re.x --sender . a", "exec"),
        ("exec", b"rsync --server --daemon .", "exec"),
        ("exec", b"rsync --server -re.x . a;id", "exec"),
        ("exec", b"rsync --server -re.x . a\\\nid", "exec"),
        ("exec", b"rsync --server -re.x . $(id)", "exec"),
        ("exec", b"rsync --server", "exec"),
        ("exec", b"rsync --serverless . a", "exec"),
        ("exec", b"\xff\x00", "exec"),
    ],
)
def test_a_program_is_what_its_exact_words_say(request_: str, what: bytes, grant: str) -> None:
    assert str(grant_of(request_, what)) == grant


@given(st.binary(max_size=2000))
def test_a_detail_is_one_printable_line_of_bounded_length(what: bytes) -> None:
    detail = detail_of(what)
    assert len(detail) <= LONGEST_DETAIL
    assert detail.isprintable() or not detail


def test_abuse_27_sizes_are_clamped_and_zero_stays_zero() -> None:
    assert clamped((2**32 - 1, 2**32 - 1, 2**32 - 1, 7)) == (1000, 1000, 0, 0)
    assert clamped((0, 0, 0, 0)) == (0, 0, 0, 0)
    assert clamped((80, 24, 640, 480)) == (80, 24, 640, 480)
    assert clamped((-1, 1001, 0, 0)) == (0, 1000, 0, 0)


@for_each(
    ("name", "value", "passes"),
    [
        (b"LANG", b"de_DE.UTF-8", True),
        (b"LC_ALL", b"C", True),
        (b"TERM", b"xterm-256color", True),
        (b"LC_ALL", b"C;id", False),
        (b"LC_ALL", b"() { :; }", False),
        (b"LC_ALL", b"x" * 257, False),
        (b"LC_", b"C", False),
        (b"LANG\n", b"C", False),
        (b"LD_PRELOAD", b"C", False),
        (b"lang", b"C", False),
        (b"LANG", b"a\x00b", False),
    ],
)
def test_abuse_22_only_listed_variables_with_plain_values_pass(
    name: bytes, value: bytes, passes: bool
) -> None:
    environment = Environment()
    assert environment.offer(name, value) is passes
    assert (name in environment.variables) is passes


def test_abuse_22_there_is_a_most_of_variables() -> None:
    environment = Environment()
    names = [b"LC_" + bytes([65 + n // 26, 65 + n % 26]) for n in range(MOST_VARIABLES + 3)]
    assert sum(environment.offer(name, b"C") for name in names) == MOST_VARIABLES
    assert environment.offer(names[0], b"de_DE")
    assert environment.shown()["LC_AA"] == "de_DE"


def test_changes_of_size_are_spaced() -> None:
    resizes = Resizes(spacing_s=0.05)
    assert resizes.at(10.0) == 10.0
    resizes.applied(10.0)
    assert resizes.at(10.01) == 10.05
    assert resizes.at(11.0) == 11.0


@pytest.mark.parametrize(
    "name", [b"xterm-256color", b"screen.xterm-256color", b"vt100", b"rxvt-unicode", b"x" * 64]
)
def test_a_terminal_s_name_passes(name: bytes) -> None:
    assert terminal_name(name) == name


@pytest.mark.parametrize(
    "name", [b"", b"x" * 65, b"../../etc/passwd", b".hidden", b"xterm\n", b"\x1b[2J", b"a b", b"a/b", b"\xff"]
)
def test_what_can_not_name_a_terminal_is_the_plainest_one(name: bytes) -> None:
    assert terminal_name(name) == b"dumb"
