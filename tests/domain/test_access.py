import pytest

from domain.access import FILES, GRANTABLE, Flow, Grant, PassageKind, as_held, flows_of, granted
from tests.for_each import for_each


@pytest.mark.parametrize("kind", sorted(GRANTABLE))
def test_every_grantable_kind_is_read_back_as_written(kind: PassageKind) -> None:
    assert Grant.of(str(Grant(kind))) == Grant(kind)


def test_a_forward_may_name_its_port() -> None:
    assert Grant.of("forward:502") == Grant(PassageKind.FORWARD, 502)
    assert str(Grant(PassageKind.FORWARD, 502)) == "forward:502"
    assert Grant.of("forward:65535").port == 65535


@pytest.mark.parametrize("kind", sorted(set(PassageKind) - GRANTABLE))
def test_what_no_charter_may_grant_is_refused(kind: PassageKind) -> None:
    with pytest.raises(ValueError, match="can't be granted"):
        Grant.of(kind)


@for_each(
    "text",
    [
        "forward:",
        "forward:0",
        "forward:65536",
        "forward:-1",
        "forward:0502",
        "forward: 502",
        "forward:５０２",
        "forward:1:2",
        "shell:22",
        "shell:",
        "SHELL",
        "",
        "telnet",
        "sftp:22",
        "sftp:",
        "sftp:both",
        "shell:get",
        "forward:get",
        "sftp:get:put",
    ],
)
def test_what_is_no_grant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Grant.of(text)


def test_grants_have_one_order_so_that_one_permit_has_one_form() -> None:
    grants = [Grant(PassageKind.SHELL), Grant(PassageKind.FORWARD, 502), Grant(PassageKind.FORWARD)]
    assert sorted(grants) == [
        Grant(PassageKind.FORWARD),
        Grant(PassageKind.FORWARD, 502),
        Grant(PassageKind.SHELL),
    ]


@pytest.mark.parametrize("kind", sorted(FILES))
def test_what_moves_files_may_be_granted_for_one_direction(kind: PassageKind) -> None:
    get, put, both = (Grant(kind, flow=flow) for flow in (Flow.GET, Flow.PUT, Flow.BOTH))
    assert [Grant.of(str(one)) for one in (get, put, both)] == [get, put, both]
    assert [str(one) for one in (get, put, both)] == [f"{kind}:get", f"{kind}:put", str(kind)]
    assert [granted({get}, one) for one in (get, put, both)] == [True, False, False]
    assert [granted({both}, one) for one in (get, put, both)] == [True, True, True]
    assert granted({get, put}, both)
    assert not granted({Grant(PassageKind.SHELL)}, get)
    assert flows_of({both}, kind) == {Flow.GET, Flow.PUT}
    assert as_held(both, {put}) == put
    assert as_held(both, {get, put}) == as_held(both, {both}) == both
    assert as_held(get, {both}) == get
