"""How the ledger's key is: in its file, or in a token that can sign or can't. Its signer knows, and is asked."""

import json
import socket
from collections.abc import Mapping
from pathlib import Path

from broker.evidence.standing import Standing, State
from domain.canonical import Json, text_in
from domain.said import say

KEY = "ledger-key"
KEY_TITLE = say("Ledger's key")
REACH_S = 5.0
"""A token in another building may take its time over one signature."""
LONGEST_BYTES = 64 * 1024


def ask_key(signer: Path) -> Mapping[str, Json] | None:
    """What the signer says of its key; None when it does not answer."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(REACH_S)
        try:
            line.connect(str(signer))
            line.sendall(b'{"id":"key","ask":"key"}\n')
            with line.makefile("rb") as answers:
                told = json.loads(answers.readline(LONGEST_BYTES))
        except (OSError, ValueError, RecursionError):
            return None
    key = told.get("key") if isinstance(told, dict) else None
    return key if isinstance(key, dict) else None


def of_key(told: Mapping[str, Json] | None, *, token: bool) -> Standing:
    """The line of the list; ``token`` says that the settings put the key into one."""
    if not token:
        return Standing(KEY, KEY_TITLE, State.OFF, say("The ledger's key is in a file: no token is set up."))
    if told is None:
        return Standing(
            KEY,
            KEY_TITLE,
            State.ALARMED,
            say("The signer does not say whether the token can sign."),
            remedy=say("Start the node: `penstock serve`. If the signer ends again, its log says why."),
        )
    if text_in(told, "code"):
        sentence = say(
            "{fact} ({code}). Nothing opens until it can sign.",
            fact=text_in(told, "fact").rstrip("."),
            code=text_in(told, "code"),
        )
        if text_in(told, "code") == "token_key_exposed":
            sentence = say("{fact}", fact=text_in(told, "fact"))
        return Standing(KEY, KEY_TITLE, State.ALARMED, sentence, remedy=text_in(told, "remedy"))
    sentence = (
        say(
            "The token {place} signs; the key was made in it and can't be taken out.",
            place=text_in(told, "place"),
        )
        if told.get("born") is True
        else say(
            "The token {place} signs; the key can't be taken out, but was outside before.",
            place=text_in(told, "place"),
        )
    )
    return Standing(KEY, KEY_TITLE, State.OK, sentence)
