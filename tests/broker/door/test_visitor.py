"""What is known of a connection before anybody has said anything on it."""

from types import SimpleNamespace
from typing import Any, cast

from broker.door.house import House
from broker.door.visitor import Visitor


def test_who_has_said_nothing_is_nobody_with_no_client() -> None:
    visitor = Visitor(cast("House", SimpleNamespace(parts=None)))
    assert (visitor.sign_in.person, visitor.source, visitor.client) == (None, "", "")
    visitor.close()  # there is nothing to close, and that is no fault


def test_the_clients_version_is_what_it_sent_and_closing_ends_the_connection_at_once() -> None:
    class Connection:
        aborted = False

        def get_extra_info(self, name: str) -> Any:
            return {"client_version": "OpenSSH_9.2"}.get(name)

        def abort(self) -> None:
            self.aborted = True

    visitor = Visitor(cast("House", SimpleNamespace(parts=None)))
    connection = Connection()
    visitor._ssh = cast("Any", connection)
    assert visitor.client == "OpenSSH_9.2"
    visitor.close()
    assert connection.aborted
