"""The line that says how the ledger's key is, and how its signer is asked."""

import socket
import threading
from pathlib import Path

import pytest

from broker.evidence.ledger_key import ask_key, of_key
from broker.evidence.standing import State
from broker.layout import Layout

WELL = {"place": "plant (01)", "code": "", "fact": "", "remedy": "", "born": True}


def test_each_state_of_a_key_has_its_line() -> None:
    assert of_key(None, token=False).state is State.OFF
    silent = of_key(None, token=True)
    assert (silent.state, bool(silent.remedy)) == (State.ALARMED, True)
    assert (of_key(WELL, token=True).state, "made in it" in of_key(WELL, token=True).sentence) == (
        State.OK,
        True,
    )
    assert "was outside before" in of_key({**WELL, "born": False}, token=True).sentence
    away = {**WELL, "code": "token_absent", "fact": "There is no token.", "remedy": "Put it back."}
    line = of_key(away, token=True)
    assert (line.state, line.remedy) == (State.ALARMED, "Put it back.")
    assert line.sentence == "There is no token (token_absent). Nothing opens until it can sign."
    exposed = of_key({**away, "code": "token_key_exposed", "fact": "It can be read."}, token=True)
    assert (exposed.state, exposed.sentence) == (State.ALARMED, "It can be read.")


@pytest.mark.parametrize("answer", [b"", b"{", b"[]\n", b'{"id":"key","error":"no"}\n', b'{"key":1}\n'])
def test_a_signer_that_says_nothing_of_use_has_said_nothing(tmp_path: Path, answer: bytes) -> None:
    path = Layout(tmp_path).signer_socket
    assert ask_key(path) is None
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as signer:
        signer.bind(str(path))
        signer.listen()

        def once() -> None:
            line, _ = signer.accept()
            with line:
                line.recv(1000)
                line.sendall(answer)

        thread = threading.Thread(target=once)
        thread.start()
        assert ask_key(path) is None
        thread.join()
