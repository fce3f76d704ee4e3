"""Whether a line asks for a secret: what is typed after it is neither recorded openly nor put into any index. Pure."""

import re

SECRET_PROMPT = re.compile(
    rb"(pass\s?-?(word|phrase|code)|\bpin\b|secret|\botp\b|(one-time|verification|security|access) code|token"
    rb"|kennwort|passwort|mot de passe|contrase|senha|wachtwoord|has(l|\xc5\x82)o)[^\r\n]{0,200}$",
    re.IGNORECASE,
)
HINTS = tuple(
    b"pass|pin|secret|otp| code|token|kennwort|contrase|senha|wachtwoord|haslo|has\xc5\x82o".split(b"|")
)
"""Without one of these in small letters there is no match; looking for them costs a fiftieth of the search."""
LONGEST_PROMPT = 256  # more than the longest word above and what may follow it


def asks_for_a_secret(text: bytes) -> bool:
    """Whether ``text`` ends in a prompt for a password, code or token. When unsure, it does."""
    end = text[-LONGEST_PROMPT:]
    small = end.lower()
    return any(hint in small for hint in HINTS) and SECRET_PROMPT.search(end) is not None
