"""The ledger itself, notices, and who looked at evidence, in plain words. Pure."""

from collections.abc import Callable, Mapping

from broker.console.evidence.naming import Naming, because, count
from domain.canonical import Json, text_in, texts_in

CHANNELS = {
    "console": "the console",
    "mail": "e-mail",
    "webhook": "the webhook",
    "chat": "chat",
    "syslog": "syslog",
}
WISHES = {
    "erase": "the contents of a session are erased",
    "remove": "the recording of a session is removed",
    "lift": "a legal hold is lifted",
    "hold": "a legal hold is set",
    "prune": "the ledger's beginning is pruned",
}
GONE = {"erase": "The contents", "remove": "The recording"}
DEEDS = {
    "view": "looked at",
    "replay": "replayed",
    "verify": "verified",
    "export": "took away",
    "refused": "was kept from",
}


def _handled(of: Naming, event: Mapping[str, Json]) -> str:
    deed = DEEDS.get(text_in(event, "deed"), text_in(event, "deed"))
    purpose = text_in(event, "purpose")
    why = f", for: {purpose.rstrip('.')}" if purpose else ""
    session = of.session(text_in(event, "session"))
    return f"{of.person(text_in(event, 'by'))} {deed} evidence of {session} ({text_in(event, 'what')}){why}."


SAYINGS: Mapping[str, Callable[[Naming, Mapping[str, Json]], str]] = {
    "LedgerOpened": lambda _of, it: f"This ledger was opened by {text_in(it, 'software')}.",
    "NodeStarted": lambda _of, it: f"The {text_in(it, 'process')} process of this node started.",
    "HeadUnwitnessed": lambda of, it: (
        f"Since {of.when(it, 'since')} no witness outside has vouched for the ledger"
        f"{f': {missing}' if (missing := ', '.join(texts_in(it, 'missing'))) else ''}."
    ),
    "CollectorLate": lambda of, it: (
        f"The collector {text_in(it, 'collector')} waits since {of.when(it, 'since')} for leaf {count(it, 'leaf')}"
        f" and those after it ({text_in(it, 'code').replace('_', ' ')})."
    ),
    "LedgerKeyAway": lambda of, it: (
        f"Since {of.when(it, 'since')} the ledger's key could not sign, and nothing was kept"
        f" ({text_in(it, 'code').replace('_', ' ')}); now it can."
    ),
    "LedgerKeyPlaced": lambda _of, it: (
        f"The ledger's key is in the token {text_in(it, 'place')} from here on"
        f"{', and was made there' if it.get('born') is True else ''}."
        if text_in(it, "place") != "file"
        else "The ledger's key is in a file from here on."
    ),
    "LedgerPruned": lambda of, it: (
        f"{of.person(text_in(it, 'first'))} and {of.person(text_in(it, 'second'))} had the ledger pruned below leaf"
        f" {count(it, 'below')}, by the term '{text_in(it, 'term')}'."
    ),
    "HeadStamped": lambda of, it: (
        f"{text_in(it, 'authority')} says that the ledger's first {count(it, 'size')} leaves were there"
        f" {of.when(it, 'stamped_at')}."
    ),
    "StampsLate": lambda of, it: (
        f"Since {of.when(it, 'since')} heads of the ledger have waited for a time-stamp: {count(it, 'waiting')}"
        f" of them ({text_in(it, 'code').replace('_', ' ')})."
    ),
    "StampRefused": lambda _of, it: (
        f"A time-stamp by {text_in(it, 'authority')} was not taken: {text_in(it, 'code').replace('_', ' ')}."
    ),
    "NoticeSent": lambda of, it: (
        f"{of.person(text_in(it, 'to'))} was told by {CHANNELS.get(text_in(it, 'channel'), text_in(it, 'channel'))}"
        f"{'' if it.get('confirmed') is True else ', which confirms nothing'} ({text_in(it, 'kind')})."
    ),
    "NoticeFailed": lambda of, it: (
        f"{of.person(text_in(it, 'to'))} could not be told by "
        f"{CHANNELS.get(text_in(it, 'channel'), text_in(it, 'channel'))}, after {count(it, 'attempts')} attempts: "
        f"{text_in(it, 'code').replace('_', ' ')} ({text_in(it, 'kind')})."
    ),
    "NoticeChoiceMade": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} said how {of.person(text_in(it, 'person'))} is to be told: "
        f"{'by e-mail too' if it.get('mail') is True else 'in the console'}"
        f"{', with quiet hours ' + text_in(it, 'quiet') if text_in(it, 'quiet') else ''}."
    ),
    "RecordingKeyChanged": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} replaced the node's recording key; the keys of "
        f"{count(it, 'recordings')} recordings were wrapped again."
    ),
    "HoldSet": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} put a legal hold on {of.scope(text_in(it, 'scope'))}{because(it)}"
    ),
    "KeepingAsked": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} signed that {WISHES.get(text_in(it, 'deed'), 'evidence may go')}"
        f"{because(it)} A second person has to sign too."
    ),
    "KeepingAgreed": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} signed as well that {WISHES.get(text_in(it, 'deed'), 'evidence may go')}"
        f"{because(it)}"
    ),
    "EvidenceErased": lambda of, it: (
        f"{GONE.get(text_in(it, 'deed'), 'Evidence')} of {of.session(text_in(it, 'session'))} went for good"
        f"{f'; copies elsewhere: {more}' if (more := ', '.join(texts_in(it, 'elsewhere'))) else ''}."
    ),
    "KeepingRefused": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} wanted that {WISHES.get(text_in(it, 'deed'), 'evidence may go')}, and might "
        f"not: {text_in(it, 'sentence')}"
    ),
    "EvidenceHandled": _handled,
    "EvidenceChecked": lambda _of, it: (
        f"All evidence was checked: {count(it, 'size')} leaves, {count(it, 'recordings')} recordings, "
        f"{count(it, 'permits')} permits; {count(it, 'found') or 'nothing'} was not as it should be."
    ),
    "EvidenceFaultFound": lambda of, it: (
        f"The check found: {text_in(it, 'fact')}"
        f"{f' {of.person(who)} had it last.' if (who := text_in(it, 'holder')) else ''}"
    ),
    "EvidenceFaultGone": lambda _of, it: (
        f"What the check had found is as it should be again: {text_in(it, 'place')} {text_in(it, 'item')}."
    ),
    "EvidenceViewed": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} looked at evidence: {text_in(it, 'subject')} ({text_in(it, 'how')})."
    ),
}
