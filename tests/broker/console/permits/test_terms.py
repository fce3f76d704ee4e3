from dataclasses import replace

from broker.console.permits.terms import Decider, deciders, judge, names_of, open_rights, waiting_for
from domain.access import Deny, NeedsApproval
from domain.ids import AssetId, ConduitId, PersonId
from domain.proof import Approval, TotpProof
from domain.rights import DecisionRight
from tests.policies.plant import NOW, charter, charter_with, facts, permit

PETRA, DENIZ, ANA, SVEN = map(PersonId, ("petra", "deniz", "ana", "sven"))
CONNECT, LEAD = DecisionRight.CONNECT, DecisionRight.INCIDENT_LEAD
WISH = permit()


def yes(person: PersonId, right: DecisionRight = CONNECT) -> Approval:
    return Approval(WISH.digest(), right, person, NOW, bytes(32), TotpProof(1, "123456"))


def test_a_permit_is_judged_as_if_it_were_asked_for_anew() -> None:
    judged = judge(WISH, facts())
    assert isinstance(judged.decision, NeedsApproval)
    assert judged.terms.required == {CONNECT}
    assert judged.terms.requester == ANA
    assert judged.terms.outsiders == {"ana", "ben"}
    assert judged.terms.proofs == charter().conduits[WISH.conduit].proofs


def test_what_the_rules_refuse_today_nobody_may_approve_today() -> None:
    judged = judge(WISH, facts(isolated=frozenset({"zone:operations"})))
    assert isinstance(judged.decision, Deny)
    assert judged.terms.required == frozenset()
    assert open_rights(judged.terms, (), PETRA, NOW) == ()


def test_abuse_9_who_asked_and_vendors_people_have_no_right_open() -> None:
    mine = charter_with(holdings=tuple(replace(one, holder=ANA, deputy=PETRA) for one in charter().holdings))
    terms = judge(WISH, facts(charter=mine)).terms
    assert open_rights(terms, (), ANA, NOW) == ()
    assert open_rights(terms, (), PETRA, NOW) == (CONNECT,)


def test_a_right_that_was_exercised_is_open_no_longer() -> None:
    terms = judge(WISH, facts()).terms
    assert open_rights(terms, (yes(PETRA),), DENIZ, NOW) == ()
    assert waiting_for(terms, (), NOW) == (PETRA,)
    assert waiting_for(terms, (yes(PETRA),), NOW) == ()


def test_a_deputy_is_named_among_those_who_may_decide_and_what_was_given_says_so() -> None:
    terms = judge(WISH, facts()).terms
    assert deciders(terms, (), NOW) == (Decider(CONNECT, (PETRA,), DENIZ, 1, given=False),)
    assert deciders(terms, (yes(PETRA),), NOW) == (Decider(CONNECT, (PETRA,), DENIZ, 1, given=True),)
    lapsed = terms.holdings[CONNECT]
    assert lapsed is not None
    assert deciders(terms, (), lapsed.window.end) == ()


def test_abuse_9_two_keys_want_two_persons() -> None:
    terms = judge(WISH, facts()).terms
    lead = charter().holder(LEAD, WISH.asset, WISH.conduit, NOW)
    assert lead is not None
    both = replace(
        terms,
        required=frozenset({CONNECT, LEAD}),
        holdings={**terms.holdings, LEAD: replace(lead, holder=PETRA)},
    )
    assert open_rights(both, (), PETRA, NOW) == (CONNECT, LEAD)
    assert open_rights(both, (yes(PETRA),), PETRA, NOW) == ()
    assert open_rights(both, (yes(PETRA, LEAD),), DENIZ, NOW) == (CONNECT,)


def test_a_permit_about_things_that_are_gone_is_still_named() -> None:
    names = names_of(replace(WISH, asset=AssetId("gone"), conduit=ConduitId("gone-too")), charter())
    assert (names.asset, names.conduit, names.person) == ("gone", "gone-too", "Ana Ferreira")
    assert "no longer knows" in names.zone
    assert names_of(WISH, charter()).consequence.startswith("A wrong download")
