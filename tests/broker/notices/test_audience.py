"""Whose business something is: by the sample charter."""

from dataclasses import replace
from datetime import timedelta

from broker.notices.audience import CONNECT, IDENTITY, Audience
from domain.ids import AssetId, ConduitId, PersonId
from domain.plant import Outflow
from domain.rights import DecisionRight
from tests.policies.plant import NOW, charter, charter_with
from tests.policies.templates import MILO, signed, template

DATA_OUT = DecisionRight.DATA_OUT

HERE = Audience(charter(), NOW)
EVER = Audience(charter(), NOW + timedelta(days=4000))
WAY = (AssetId("eng-ws-1"), ConduitId("dmz-operations"))


def test_who_must_say_yes_is_told_and_their_deputy_only_when_time_is_short() -> None:
    assert HERE.deciders(*WAY, ["shell"]) == ("petra",)
    assert HERE.deciders(*WAY, ["shell", "nonsense", "forward:0"]) == ("petra",)
    assert HERE.deciders(AssetId("nothing"), WAY[1], []) == ()


def test_where_rights_decide_one_after_another_each_is_told_when_it_is_its_turn() -> None:
    way = charter().conduits[WAY[1]]
    ordered = replace(way, in_order=(DATA_OUT, CONNECT), data_out=frozenset({Outflow.SHELL}))
    held = tuple(
        replace(one, holder=PersonId("olga"), deputy=None) if one.right is DATA_OUT else one
        for one in charter().register
    )
    here = Audience(charter_with(conduits={**charter().conduits, way.id: ordered}, holdings=held), NOW)
    assert here.deciders(*WAY, ["shell"]) == ("olga",)
    assert here.next_after(DATA_OUT, *WAY) == ("petra",)
    assert here.next_after(CONNECT, *WAY) == ()
    assert here.next_after(IDENTITY, *WAY) == ()
    assert HERE.next_after(DATA_OUT, *WAY) == ()
    assert HERE.next_after(DATA_OUT, WAY[0], ConduitId("nothing")) == ()


def test_inside_a_standing_template_who_confirms_is_told_and_nobody_who_signed_it() -> None:
    """B16: a holder who agreed beforehand is not woken; the shift is."""
    one = template()
    here = Audience(signed(one), NOW)
    assert here.confirming(one.digest(), *WAY) == ("sven", "milo")
    assert Audience(signed(one, MILO), NOW).confirming(one.digest(), *WAY) == ("sven",)
    assert here.confirming("", *WAY) == ()
    by_connect = template(confirm=CONNECT)
    assert Audience(signed(by_connect, MILO), NOW).confirming(by_connect.digest(), *WAY) == ("petra",)


def test_who_leads_incidents_is_told_with_their_deputy() -> None:
    assert HERE.leads() == ("sven", "milo")
    assert HERE.leads("riverside") == ("sven", "milo")
    assert HERE.leads("elsewhere") == ()


def test_nobody_is_told_under_a_right_that_has_ended() -> None:
    assert EVER.leads() == ()
    assert EVER.holding(IDENTITY) == ()
    assert EVER.in_zone("operations") == ()
    assert EVER.holders((CONNECT,), *WAY) == ()


def test_a_zone_is_the_business_of_whoever_holds_connect_nearest_to_it() -> None:
    assert HERE.in_zone("operations") == ("petra",)
    assert HERE.in_zone("nowhere") == ()


def test_people_are_called_by_their_names() -> None:
    assert HERE.name("petra") == "Petra Vos"
    assert HERE.name("local:root") == "the account root on the plant's machine"
    assert HERE.name("") == "somebody unknown"
    assert HERE.company(PersonId("petra")) == "no company that the charter names"
    assert HERE.people_of("kestrel") == ("ben",)
    assert HERE.people_within("vendor", "kestrel") == HERE.people_within("person", "ben") == ("ben",)
    assert HERE.people_within("zone", "operations") == ()
    assert HERE.shift() == ("milo",)
    assert HERE.asset("nothing") == "nothing"
    assert HERE.when(NOW, WAY[0]) == "Mon 01 Jun 2026, 10:00 Europe/Amsterdam"
