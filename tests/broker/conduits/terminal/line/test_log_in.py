"""The gate signs in: what has to stand there, to the letter, before a secret is sent."""

from broker.conduits.terminal.line.log_in import MOST_BYTES, Fault, SigningIn, Step
from domain.line import LogIn
from tests.for_each import for_each

ASKS = LogIn("old-plc login:", "Password:", ">")
GREETING = b"\x1b[2J\x1b[HWelcome\r\n\r\nold-plc login: "


def play(*said: bytes, expected: LogIn = ASKS) -> list[Step]:
    """What comes of each piece, and of the quiet after it."""
    one = SigningIn(expected, "maint", "tops3cret")
    steps = []
    for piece in said:
        at_once = one.heard(piece)
        steps.append(at_once if at_once.fault else one.quiet())
    return steps


def test_it_types_name_and_password_where_they_are_asked_for_and_shows_neither() -> None:
    name, password, done = play(GREETING, b"maint\r\nPassword: ", b"\r\n\r\nunit 7\r\n> ")
    assert (name.typed, password.typed) == (b"maint\r", b"tops3cret\r")
    assert done.shown == b"\x1b[2J\x1b[HWelcome\r\n\r\nunit 7\r\n> "


def test_a_device_that_asks_for_a_password_alone_gets_that_alone() -> None:
    password, done = play(
        b"User Access Verification\r\n\r\nPassword: ", b"\r\nr1>", expected=LogIn("", "Password:", ">")
    )
    assert password.typed == b"tops3cret\r"
    assert done.shown == b"User Access Verification\r\n\r\nr1>"


def test_it_waits_while_the_line_may_still_go_on() -> None:
    one = SigningIn(ASKS, "maint", "tops3cret")
    assert one.heard(b"old-plc login:") == Step()
    one.heard(b" disabled")
    assert one.quiet() == Step()
    assert one.late().fault is Fault.UNEXPECTED


@for_each(
    ("said", "fault"),
    [
        ([b"other-plc login: "], None),
        ([b"please send old-plc login: "], None),
        ([b"old-plc login: \r\n"], None),
        ([b"> "], None),
        ([GREETING, b"maint\r\nLogin incorrect\r\nPassword: "], Fault.UNEXPECTED),
        ([GREETING, b"maint\r\nold-plc login: "], Fault.UNEXPECTED),
        ([GREETING, b"somebody\r\nPassword: "], Fault.UNEXPECTED),
        ([GREETING, b"maint\r\nNew password: "], None),
        ([b"x" * (MOST_BYTES + 1)], Fault.UNEXPECTED),
    ],
)
def test_anything_else_gets_no_secret(said: list[bytes], fault: Fault | None) -> None:
    steps = play(*said)
    assert steps[-1].fault is fault
    assert not any(b"tops3cret" in one.typed for one in steps)


@for_each(
    ("said", "fault"),
    [
        (b"\r\nLogin incorrect\r\nold-plc login: ", Fault.REFUSED),
        (b"tops3cret\r\n> ", Fault.SHOWN),
        (b"\r\n" + b"x" * MOST_BYTES, Fault.NOT_READY),
    ],
)
def test_what_follows_the_password_tells_whether_it_was_taken(said: bytes, fault: Fault) -> None:
    step = play(GREETING, b"maint\r\nPassword: ", said)[-1]
    assert step == Step(fault=fault)


def test_a_password_that_is_also_the_devices_name_may_stand_in_its_prompt() -> None:
    one = SigningIn(ASKS, "maint", "plc")
    one.heard(GREETING)
    one.quiet()
    one.heard(b"maint\r\nPassword: ")
    assert one.quiet().typed == b"plc\r"
    one.heard(b"\r\nplc> ")
    assert one.quiet().shown is not None
    waiting = SigningIn(ASKS, "maint", "plc")
    assert waiting.quiet() == Step()
    assert waiting.late().fault is Fault.UNEXPECTED
