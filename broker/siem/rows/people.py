"""Rows of sign-ins, keys, tokens, passwords, and companies that ask to be known. Pure."""

from collections.abc import Mapping

from broker.siem.rows.row import Category, Kind, Leaf, Row, Severity, always

C, K, S = Category, Kind, Severity


def _coded(event: Leaf) -> bool:
    return bool(event.get("code"))


def _unconfirmed(event: Leaf) -> bool:
    return event.get("outcome") != "confirmed"


def _account(title: str, activity: str, person: str, by: str) -> Row:
    return Row(title, C.CONFIGURATION, K.ACCOUNT, activity, person=person, by=by, severity=S.LOW)


def _token(title: str, activity: str) -> Row:
    return Row(title, C.CONFIGURATION, K.ENTITY, activity, "token", "token", by="by", person="person")


def _vendor(title: str, activity: str, which: str, by: str) -> Row:
    return Row(title, C.CONFIGURATION, K.ENTITY, activity, "vendor application", which, by=by)


ROWS: Mapping[str, Row] = {
    "SignedIn": Row("Somebody signed in", C.ACCESS, K.AUTHENTICATION, "Logon", person="person"),
    "SignInFailed": Row(
        "A sign-in failed", C.ACCESS, K.AUTHENTICATION, "Logon",
        person="claimed", severity=S.MEDIUM, failed=always,
    ),
    "SignedOut": Row("A sign-in was ended", C.ACCESS, K.AUTHENTICATION, "Logoff", person="person", by="by"),
    "SignInLocked": Row(
        "Attempts are held back after too many failures", C.RECONNAISSANCE, K.AUTHENTICATION, "Lock",
        person="subject", severity=S.MEDIUM, failed=always,
    ),
    "SignInLockLifted": Row(
        "Attempts are looked at again", C.ACCESS, K.AUTHENTICATION, "Unlock", person="subject", by="by",
    ),
    "SignInUnlocked": Row(
        "A person let their own key in without a code for a while", C.ACCESS, K.AUTHENTICATION, "Let in",
        person="person", severity=S.LOW,
    ),
    "BrowserSignInShown": Row(
        "A waiting connection was shown a code", C.ACCESS, K.AUTHENTICATION, "Ask", person="person",
    ),
    "BrowserSignInEnded": Row(
        "A waiting connection was decided", C.ACCESS, K.AUTHENTICATION, "Logon",
        person="person", failed=_unconfirmed,
    ),
    "CertificateIssued": Row(
        "A person was given an SSH certificate for one permit", C.ACCESS, K.AUTHENTICATION, "Certify", person="person",
    ),
    "CertificateRefused": Row(
        "A person was given no SSH certificate", C.ACCESS, K.AUTHENTICATION, "Certify",
        person="person", severity=S.LOW, failed=always,
    ),
    "KeyEnrolled": _account("An approver's key was enrolled or removed", "MFA Factor Change", "person", "by"),
    "PasswordSet": _account("A person's password at the console was set", "Password Reset", "person", "by"),
    "LeavingNoticed": _account("A vendor's person leaves", "Disable", "person", "by"),
    "TokenIssued": _token("A token of the API was issued", "Create"),
    "TokenEnded": _token("A token of the API was ended", "Deactivate"),
    "TokenUsed": Row(
        "A token of the API was used", C.ACCESS, K.ENTITY, "Use", "token", "token",
        by="person", failed=_coded,
    ),
    "VendorInvited": _vendor("A company was invited to ask", "Invite", "invitation", "by"),
    "VendorAsked": _vendor("A company asked to be known", "Create", "application", ""),
    "VendorAnswered": _vendor("A company that asked to be known was answered", "Update", "application", "by"),
}  # fmt: skip
