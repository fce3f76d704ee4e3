import os

from broker.exit_status import COME_BACK, REFUSED, UNREACHABLE, WRONG_USAGE


def test_the_numbers_are_those_that_scripts_rely_on() -> None:
    numbers = (WRONG_USAGE, UNREACHABLE, COME_BACK, REFUSED)
    assert numbers == (64, 69, 75, 77)
    assert numbers == (os.EX_USAGE, os.EX_UNAVAILABLE, os.EX_TEMPFAIL, os.EX_NOPERM)
