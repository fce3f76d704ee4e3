from broker.console.evidence.deeds import MOST_NAMED, deeds
from broker.reading.found import FoundKind, found
from tests.broker.console.evidence.indexed import THINGS


def test_what_was_done_is_counted_and_the_first_of_it_named() -> None:
    done = deeds(
        THINGS,
        [
            {"event": "PassageOpened", "passage": "shell", "detail": ""},
            {"event": "PassageRefused", "passage": "forward", "detail": "plc-07:502", "code": "not_granted"},
            {"event": "SessionHeld"},
            {"event": "SessionPaused"},
            {"event": "SessionResumed"},
        ],
    )
    assert done.read
    assert (done.command_count, done.commands[0]) == (2, "rm <setpoints>.conf")
    assert (done.file_count, done.file_octets, done.files) == (
        1,
        4_500_000,
        (("put", "/tmp/firmware.bin", 4_500_000),),
    )
    assert (done.passages, done.refused, done.held) == (
        ("shell",),
        (("forward plc-07:502", "not_granted"),),
        2,
    )


def test_many_commands_are_counted_and_few_named_and_what_nobody_read_says_so() -> None:
    many = deeds([found(FoundKind.COMMAND, at, 1, f"command {at}") for at in range(500)], [])
    assert (many.command_count, len(many.commands)) == (500, MOST_NAMED)
    assert not deeds([], []).read
