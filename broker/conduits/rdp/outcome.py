"""What became of a client, from its own words and its exit status, in a sentence. Pure.

FreeRDP 2 says in its log what its exit status says less well: a server that hangs up in the middle of NLA leaves another
one behind than one that names a reason. The first reason counts; what follows it follows from it.
"""

import re

from broker.conduits.rdp.order import Step, Told

UP = b"[com.freerdp.gdi] - Local framebuffer format"
"""The client signed in, and knows how the screen will be sent."""
UNTRUSTED = b"certificate not trusted, aborting"
_REASON = re.compile(rb"ERRCONNECT_([A-Z_]{3,60})")
LONGEST_LINE = 4096

MISMATCH = "certificate_mismatch"
RENEW = "Ask the plant to renew the credential in its vault."
ASK = "Ask the plant what its asset says about it."

_LET_IN = {
    "LOGON_FAILURE": "The asset did not accept the name and the password that the plant keeps for it.",
    "WRONG_PASSWORD": "The asset did not accept the name and the password that the plant keeps for it.",
    "AUTHENTICATION_FAILED": "The asset did not accept the name and the password that the plant keeps for it.",
    "NO_OR_MISSING_CREDENTIALS": "The asset did not accept the name and the password that the plant keeps for it.",
    "CONNECT_TRANSPORT_FAILED": "The asset hung up while the gate signed in; most do so when a name or a password is wrong.",
    "ACCOUNT_LOCKED_OUT": "The asset has locked the account that the plant keeps for it.",
    "ACCOUNT_DISABLED": "The account that the plant keeps for the asset is disabled there.",
    "ACCOUNT_EXPIRED": "The account that the plant keeps for the asset has expired.",
    "ACCOUNT_RESTRICTION": "The account that the plant keeps for the asset may not sign in now, or not from here.",
    "PASSWORD_EXPIRED": "The password that the plant keeps for the asset has expired.",
    "PASSWORD_CERTAINLY_EXPIRED": "The password that the plant keeps for the asset has expired.",
    "PASSWORD_MUST_CHANGE": "The password that the plant keeps for the asset has to be changed first.",
    "LOGON_TYPE_NOT_GRANTED": "The account that the plant keeps for the asset may not sign in remotely.",
    "INSUFFICIENT_PRIVILEGES": "The account that the plant keeps for the asset may not sign in remotely.",
    "ACCESS_DENIED": "The account that the plant keeps for the asset may not sign in remotely.",
    "KDC_UNREACHABLE": "The asset's directory did not answer.",
}
_ENDS = {
    1: "The asset ended the session.",
    2: "The account was signed off at the asset.",
    3: "The asset ended the session, for nobody used it.",
    4: "The asset ended the session, for it had lasted long enough.",
    5: "Somebody else took over the session at the asset.",
    6: "The asset has no memory left.",
    7: "The asset refused the connection.",
}


class Log:
    """Reads what a client says, line by line; keeps nothing of it but what it comes to."""

    def __init__(self) -> None:
        self.up = False
        self.reason = ""
        self.untrusted = False
        self._line = b""

    def feed(self, data: bytes) -> None:
        """More of it. Of a line that is too long the beginning counts."""
        *whole, self._line = (self._line + data).split(b"\n")
        for line in whole:
            self._read(line[:LONGEST_LINE])
        self._line = self._line[:LONGEST_LINE]

    def _read(self, line: bytes) -> None:
        self.up = self.up or UP in line
        self.untrusted = self.untrusted or UNTRUSTED in line
        if not self.reason and (found := _REASON.search(line)) is not None:
            self.reason = found[1].decode("ascii")


def outcome(log: Log, status: int) -> Told:
    """What a client that has ended with ``status`` comes to."""
    if log.up:
        return Told(Step.OVER, "rdp_ended", _ENDS.get(status, "The connection to the asset ended."))
    if log.untrusted:
        said = "The asset shows another certificate than a moment ago. Nothing was sent to it."
        return Told(Step.REFUSED, MISMATCH, said, "Tell the plant; it may be another machine.")
    if log.reason in _LET_IN:
        return Told(Step.REFUSED, "rdp_not_let_in", _LET_IN[log.reason], RENEW)
    why = log.reason.replace("_", " ").lower() or f"it ended with {status}"
    return Told(Step.REFUSED, "rdp_failed", f"The asset and the gate's RDP client do not agree: {why}.", ASK)
