"""Why a key in a token can't sign now, each by a stable code with what to do. ``docs/token.md`` lists them. Pure."""

from domain.errors import EvidenceError

REMEDIES = {
    "token_module": "Let token.module in penstock.toml name the PKCS#11 library of the token's maker, which only root may write.",
    "token_absent": "Put the token back, or start what leads to it; the signer goes on by itself.",
    "token_ambiguous": "Take the other token out, or give it another label.",
    "token_pin_unreadable": "Put the PIN, one line, into the file that token.pin_file names; chmod 600 it.",
    "token_pin_wrong": "Put the right PIN into token.pin_file. This one is not tried again, so that the token does not lock.",
    "token_pin_last_try": "Log in once with the token's own tool and the right PIN: Penstock does not use the last try.",
    "token_pin_locked": "Have the token's security officer set a new PIN, and put it into token.pin_file.",
    "token_key_absent": "Put the token in that holds this key; if the key is gone, this log ends: docs/token.md.",
    "token_key_ambiguous": "Let one private key of the token bear the label that token.key names.",
    "token_key_wrong": "Put the token in whose key this log began with. If there is none, keep everything and call the auditor.",
    "token_failed": "Look at the token and at its maker's log; the signer tries again by itself.",
}


def fault(code: str, fact: str) -> EvidenceError:
    """The error of this code, with its remedy."""
    return EvidenceError(fact, code=code, remedy=REMEDIES[code])
