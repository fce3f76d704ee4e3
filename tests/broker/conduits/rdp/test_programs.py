"""How the two programs are started: with nothing that moves data beside the screen, and no secret where others look."""

from broker.conduits.rdp.programs import authority, client, environment, server

FINGERPRINT = "0f" * 32


def test_the_client_looks_nothing_up_and_believes_one_certificate() -> None:
    """D15: a descriptor in place of a name; drives and clipboard are off, and sound, printers and ports are not asked for."""
    command = client(7, "operator", FINGERPRINT, 1280, 800)
    assert {"/v:|", "/port:7", "/from-stdin:force", "-sec-rdp"} <= set(command)
    assert f"/cert:deny,fingerprint:sha256:{':'.join(['0f'] * 32)}" in command
    assert {"-clipboard", "-drives", "-home-drive"} <= set(command)
    asked = {one.partition(":")[0] for one in command if one.startswith(("/", "+"))}
    assert not asked & {
        "/drive",
        "/printer",
        "/sound",
        "/microphone",
        "/smartcard",
        "/usb",
        "/serial",
        "/parallel",
        "/p",
    }


def test_the_server_listens_nowhere_for_viewers_and_takes_no_clipboard() -> None:
    command = server(4711, 5, "/home/authority", 1280, 800)
    assert command.index(":4711") < command.index("-inetd")
    assert not any("rfb" in one for one in command)
    assert {"-AcceptCutText=0", "-SendCutText=0", "-AcceptSetDesktopSize=0", "-noclipboard"} <= set(command)
    assert command[command.index("-nolisten") + 1] == "tcp"


def test_both_find_next_to_nothing_in_their_environment() -> None:
    assert set(environment("/home")) == {"HOME", "PATH", "LANG"}
    assert environment("/home", "4711", "/home/authority")["DISPLAY"] == ":4711"


def test_a_cookie_is_for_any_display() -> None:
    assert authority(b"c" * 16) == b"\xff\xff" + bytes(4) + b"\0\x12MIT-MAGIC-COOKIE-1\0\x10" + b"c" * 16
