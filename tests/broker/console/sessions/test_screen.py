from broker.console.sessions.screen import Screening
from broker.sessions.live_view import Terminal, View

SHELL = Terminal(1, "shell", 120, 40, open=True)
SECOND = Terminal(3, "exec: top", 80, 24, open=True)


def view(*terminals: Terminal, skipped: int = 0, **shown: str) -> View:
    told = {int(channel[1:]): ((5, "o", text), (6, "m", "warned")) for channel, text in shown.items()}
    return View(terminals, told, skipped, ended=False)


def test_nothing_is_sent_until_there_is_a_terminal() -> None:
    assert Screening().messages(view()) == ()


def test_the_screen_is_made_once_and_then_fed_without_the_times_of_keystrokes() -> None:
    screening = Screening()
    first = screening.messages(view(SHELL, c1="$ "))
    assert first == ({"cols": 120, "rows": 40, "time": 0}, [0, "o", "$ "])
    assert screening.messages(view(SHELL, c1="ls")) == ([0, "o", "ls"],)


def test_who_falls_behind_is_given_a_new_screen_and_told_what_is_missing() -> None:
    screening = Screening()
    screening.messages(view(SHELL))
    size, told, output = screening.messages(view(SHELL, skipped=1_400_000, c1="newest"))
    assert size == {"cols": 120, "rows": 40, "time": 0}
    assert "1.4 MB of older output left out" in str(told)
    assert output == [0, "o", "newest"]


def test_it_stays_with_a_terminal_until_that_closes_and_then_takes_the_newest() -> None:
    screening = Screening()
    screening.messages(view(SHELL, c1="a"))
    assert screening.messages(view(SHELL, SECOND, c1="b", c3="top")) == ([0, "o", "b"],)
    closed = Terminal(1, "shell", 120, 40, open=False)
    size, output = screening.messages(view(closed, SECOND, c1="bye", c3="top"))
    assert (size, output) == ({"cols": 80, "rows": 24, "time": 0}, [0, "o", "top"])


def test_a_chosen_channel_is_the_only_one_that_is_shown() -> None:
    screening = Screening(chosen=3)
    assert screening.messages(view(SHELL, c1="a")) == ()
    assert screening.messages(view(SHELL, SECOND, c1="b", c3="top"))[-1] == [0, "o", "top"]
