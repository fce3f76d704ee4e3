"""``penstock evidence keys``: the node's recording key, under which each recording's own key is wrapped."""

import click

from broker.cli.answer import json_option, local_name, node_option, plainly, tell
from broker.clock import SystemClock
from broker.layout import Layout
from broker.ledger import append_now
from domain.events import RecordingKeyChanged
from recorder.key_change import Changed, change_key
from recorder.keyring import Keyring
from recorder.stores.local import LocalStore

COPIES = (
    "The old key is gone from this disk, not from backups and snapshots. While a copy of it lives, so does"
    " whatever it wrapped: destroy the copies that hold it, and put the new key into the safe."
)


@click.group("keys")
def keys() -> None:
    """The node's recording key."""


@keys.command(epilog="Example: penstock evidence keys rotate")
@node_option
@json_option
@plainly
def rotate(layout: Layout, *, as_json: bool) -> None:
    """Draw a new recording key, wrap every recording's key under it, and destroy the old one.

    No recording is rewritten, sessions go on, and it may be cut off anywhere: given again, it goes on.
    """

    def told(changed: Changed) -> None:
        append_now(
            layout.signer_socket,
            RecordingKeyChanged(
                at=SystemClock().now(),
                old=changed.old,
                new=changed.new,
                recordings=changed.wrapped_again,
                by=local_name(),
            ),
        )

    done = change_key(Keyring(layout.recording_key), LocalStore(layout.recordings, reserve_bytes=0), told)
    tell(
        {"old": done.old, "new": done.new, "recordings": done.wrapped_again, "foreign": list(done.foreign)},
        [
            f"The recording key is {done.new}; the keys of {done.wrapped_again} recordings were wrapped again.",
            *(f"No key of this node opens {one}; it stays as it is." for one in done.foreign),
            COPIES,
        ],
        as_json=as_json,
    )
