from tests.policies.plant import asking, facts, wanting


def test_what_a_request_is_about_is_looked_up_once_however_many_rules_ask() -> None:
    given, request = facts(), wanting()
    assert given.matter(request) is given.matter(request)


def test_another_request_is_looked_up_anew_even_when_it_equals_the_last() -> None:
    given = facts()
    first = given.matter(wanting())
    assert given.matter(wanting()) == first
    assert given.matter(asking()).standing is None
    assert given.matter(wanting()) is not first
