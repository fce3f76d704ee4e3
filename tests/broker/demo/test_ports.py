import socket

from broker.demo.ports import HIGHEST, LOWEST, free_port


def test_a_free_port_can_be_taken_and_is_not_dealt_out_to_others() -> None:
    port = free_port()
    assert LOWEST <= port < HIGHEST
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_a_port_that_somebody_has_is_left_to_them(monkeypatch) -> None:  # noqa: ANN001
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        has = taken.getsockname()[1]
        drawn = iter([has - LOWEST, free_port() - LOWEST])
        monkeypatch.setattr("broker.demo.ports.secrets.randbelow", lambda _most: next(drawn))
        assert free_port() != has
