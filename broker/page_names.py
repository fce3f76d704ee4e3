"""Under which host names devices' pages are shown in a browser, and why a name can't be used for that. Pure.

Each page that is open has a host name of its own below one name of the plant's: ``<label>.pages.plant.internal``. Cookies
know no ports, and a page may set them for every name above its own but a public one. So nothing above the pages' name
may be above the console's name as well, except what browsers take for public: the last label (ADR 0059).
"""

import re
from ipaddress import ip_address

LABEL_BITS = 130
_NAME = re.compile(
    r"(?=.{1,200}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+", re.ASCII
)
_LABEL = re.compile(r"[a-z2-7]{26}", re.ASCII)


def name_fault(pages: str, console: str) -> str:
    """Why ``pages`` can't be the name below which devices' pages are, beside a console at ``console``; empty when it can."""
    if not _NAME.fullmatch(pages) or _is_address(pages):
        return "it is a host name of two labels at least, in small letters, such as pages.plant.internal"
    ours, theirs = pages.split("."), console.lower().split(".")
    shared = 0
    while shared < min(len(ours), len(theirs)) and ours[-1 - shared] == theirs[-1 - shared]:
        shared += 1
    if shared > 1:
        above = ".".join(ours[-shared:])
        return (
            f"a device's page could set cookies for {above}, which browsers would send to the console at {console}; "
            "it shares no more than its last label with the console's name"
        )
    return ""


def is_below(host: str, pages: str) -> bool:
    """Whether ``host``, as a request names it, is the pages' name or one below it, whatever its port."""
    name = host.lower().rpartition(":")[0] if re.search(r":[0-9]*\Z", host) else host.lower()
    return bool(pages) and (name == pages or name.endswith(f".{pages}"))


def label_of(host: str, pages: str, port: str) -> str:
    """The label of the page that ``host`` names; empty where it names none, or not in the one form that we give out.

    ``port``: as it stands in the console's own origin, with its colon, or nothing.
    """
    label = host.removesuffix(f".{pages}{port}")
    return label if label != host and _LABEL.fullmatch(label) else ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
