"""What each method of HTTP takes. Pure.

RFC 9110, section 9: GET, HEAD and OPTIONS are safe by what they mean. That a device acts on a GET all the same nobody can
see from outside; a permit's limits name its paths. TRACE, CONNECT and whatever else there is nobody needs here.
"""

from collections.abc import Iterator, Mapping

from domain.access import Action

METHODS: Mapping[str, Action] = {
    "GET": Action.VIEW,
    "HEAD": Action.VIEW,
    "OPTIONS": Action.VIEW,
    "POST": Action.OPERATE,
    "PUT": Action.OPERATE,
    "PATCH": Action.OPERATE,
    "DELETE": Action.OPERATE,
}

WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
"""The others come without: a server that leaves the body of a GET unread takes it for the next request."""

_SAYS: Mapping[str, str] = {
    "GET": "ask for a page",
    "HEAD": "ask for a page's head",
    "OPTIONS": "ask what may be done",
    "POST": "send a form, or what else a page sends",
    "PUT": "put in place of what was there",
    "PATCH": "change a part",
    "DELETE": "delete",
}


def listed() -> Iterator[tuple[str, str, Action]]:
    """Method, what it is for, and what it takes."""
    for method, action in METHODS.items():
        yield method, _SAYS[method], action
