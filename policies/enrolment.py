"""Whose decision it is that a key counts as a person's: the holder's of ``identity``, and nobody's own."""

from datetime import datetime

from domain.ids import PersonId
from domain.rights import DecisionRight
from policies.charter.charter import Charter


def enrollers(charter: Charter, person: PersonId, at: datetime) -> tuple[PersonId, ...]:
    """Who may decide at ``at`` that a key of ``person`` counts; nobody, where ``identity`` is held by nobody else.

    Wherever the person may decide something, the decision is that place's: of whoever holds ``identity`` there, or
    of the next boundary around it that has somebody. Who would decide for several must be of all of them.
    """
    places = {
        one.boundary
        for one in charter.register
        if at < one.window.end and person in {*one.holders, one.deputy, one.arbiter}
    } | {one.boundary for one in charter.given if at < one.window.end and one.to == person}
    able = [_of(charter, place, person, at) for place in sorted(places)] or [_anywhere(charter, person, at)]
    return tuple(one for one in able[0] if all(one in others for others in able))


def _of(charter: Charter, place: str, person: PersonId, at: datetime) -> tuple[PersonId, ...]:
    for here in charter.around(place):
        if found := _over(charter, here, person, at):
            return found
    return ()


def _anywhere(charter: Charter, person: PersonId, at: datetime) -> tuple[PersonId, ...]:
    """For somebody who decides nothing: the whole organisation's, or any site's."""
    sites = [_over(charter, site, person, at) for site in sorted(charter.sites)]
    return _over(charter, charter.organisation.id, person, at) or tuple(
        dict.fromkeys(one for found in sites for one in found)
    )


def _over(charter: Charter, place: str, person: PersonId, at: datetime) -> tuple[PersonId, ...]:
    named = [
        who
        for one in charter.holdings
        if one.right is DecisionRight.IDENTITY and one.boundary == place and one.window.contains(at)
        for who in (*one.holders, one.deputy)
    ]
    return tuple(
        dict.fromkeys(
            who
            for who in named
            if who is not None
            and who != person
            and who in charter.people
            and charter.people[who].vendor is None
        )
    )
