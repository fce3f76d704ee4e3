from policies.pathway import PathwayKind, PathwayStatus


def test_every_kind_and_status_is_called_by_one_plain_word() -> None:
    """C16: modems, cellular gateways and always-on tunnels are paths even when unmanaged."""
    assert {"modem", "cellular-gateway", "tunnel", "cloud-connector"} <= set(PathwayKind)
    assert list(PathwayStatus) == ["governed", "excepted", "ungoverned"]
