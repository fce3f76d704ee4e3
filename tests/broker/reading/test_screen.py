from broker.reading.screen import Line, Terminal


def terminal(*steps: bytes | int, columns: int = 80, rows: int = 24) -> list[Line]:
    """Output as bytes and keys as how many, a microsecond apart; every line that stood there."""
    made = Terminal(columns, rows)
    for at, step in enumerate(steps):
        if isinstance(step, int):
            made.typed(step, at)
        else:
            made.shown(step, at)
    made.finish()
    return made.drain()


def commands(*steps: bytes | int, columns: int = 80, rows: int = 24) -> list[str]:
    return [line.command for line in terminal(*steps, columns=columns, rows=rows) if line.command]


def test_a_title_set_by_the_prompt_is_no_part_of_it() -> None:
    prompt = b"\x1b]0;ana@pump: ~\x07\x1b[01;32mana@pump\x1b[00m:\x1b[01;34m~\x1b[00m$ "
    assert terminal(prompt, 2, b"ls\r\n")[0] == Line(2, "ana@pump:~$ ls", "ls")


def test_a_command_that_wrapped_is_one_line_also_after_the_screen_scrolled() -> None:
    assert commands(b"x\r\n" * 9 + b"$ ", 30, b"abcdefghij" * 3 + b"\r\n", columns=10, rows=4) == [
        "abcdefghij" * 3
    ]


def test_the_screen_cleared_at_the_prompt_does_not_lose_the_command() -> None:
    assert commands(b"old\r\n$ ", 1, b"l", 1, b"\x1b[H\x1b[2J$ l", 2, b"s\r\n") == ["ls"]


def test_what_is_typed_at_a_running_program_is_no_command() -> None:
    assert commands(b"line 1\r\n", 1, b"line 2\r\nline 3\r\n$ ", 3, b"ls\r\n") == ["ls"]


def test_an_interrupt_is_no_command() -> None:
    assert commands(b"$ ", 1, b"^C\r\n$ ", 3, b"ls\r\n") == ["ls"]


def test_a_key_at_the_prompt_ends_the_doubt_about_the_line_before() -> None:
    """Two commands of which one begins like the other are two, though the shell's echo never proved the first."""
    assert commands(b"$ ", 3, b"ls\r\n$ ", 6, b"ls -l\r\n$ ") == ["ls", "ls -l"]


def test_a_line_that_wide_letters_fill_is_read_whole() -> None:
    assert commands(b"$ ", 20, "cat 水位計/設定\u0301.txt\r\n".encode()) == ["cat 水位計/設定\u0301.txt"]


def test_letters_without_width_do_not_hide_what_follows_them() -> None:
    assert terminal("a\ufe0fb\u20e3c\r\n".encode())[0].text.replace("\u20e3", "") == "abc"


def test_a_secret_that_the_asset_echoes_is_left_out_even_where_its_line_wrapped() -> None:
    text = "".join(line.text for line in terminal(b"Enter PIN: ", 30, b"4829" * 8, columns=12))
    assert "4829" not in text
    text = "".join(line.text for line in terminal(b"Enter PIN: ", 30, b"4829" * 8 + b"\r\n$ ", columns=12))
    assert "4829" not in text


def test_what_was_typed_before_there_was_a_prompt_is_a_command_once_the_prompt_shows_it() -> None:
    assert commands(
        20, b"ls -l\r\nexit\r\nWelcome > here\r\nana@pump:~$ ls -l\r\ntotal 0\r\nana@pump:~$ exit\r\n"
    ) == [
        "ls -l",
        "exit",
    ]
