import pytest

from broker.conduits.vnc.keys import VOID, named, tells


@pytest.mark.parametrize(
    ("symbol", "open_"),
    [
        pytest.param(0x61, False, id="a letter"),
        pytest.param(0x10020AC, False, id="a letter beyond Latin-1"),
        pytest.param(0xFFB0, False, id="the keypad's 0"),
        pytest.param(0xFFBD, False, id="the keypad's equals sign"),
        pytest.param(0xFF80, False, id="the keypad's space"),
        pytest.param(0xFDFF, False, id="below the keys that write nothing"),
        pytest.param(0xFE51, False, id="an accent that waits for its letter"),
        pytest.param(0xFE03, True, id="AltGr"),
        pytest.param(0xFF0D, True, id="Return"),
        pytest.param(0xFFBE, True, id="F1"),
        pytest.param(0xFFFF, True, id="Delete"),
        pytest.param(VOID, False, id="what the recording has for a hidden one"),
    ],
)
def test_a_key_that_may_write_is_hidden(symbol: int, open_: bool) -> None:
    assert tells(symbol) is open_
    assert not named(symbol) or open_
