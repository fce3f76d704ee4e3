"""``penstock evidence keys``: the recording key, under which each recording's own is wrapped, and the ledger's in a token."""

import click

from broker.cli.answer import json_option, local_name, node_option, plainly, tell
from broker.clock import SystemClock
from broker.layout import Layout
from broker.ledger import append_now
from broker.quarantine.shelf import folder_of
from broker.settings import read_settings
from domain.errors import ConfigError
from domain.events import RecordingKeyChanged
from recorder.key_change import Changed, Together, change_key
from recorder.keyring import Keyring
from recorder.stores.local import LocalStore

COPIES = (
    "The old key is gone from this disk, not from backups and snapshots. While a copy of it lives, so does"
    " whatever it wrapped: destroy the copies that hold it, and put the new key into the safe."
)


@click.group("keys")
def keys() -> None:
    """The node's recording key, and the ledger's key in a token."""


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

    folders = (folder_of(layout, read_settings(layout)), layout.recordings)
    stores = Together(*(LocalStore(one, reserve_bytes=0) for one in folders))
    done = change_key(Keyring(layout.recording_key), stores, told)
    tell(
        {"old": done.old, "new": done.new, "recordings": done.wrapped_again, "foreign": list(done.foreign)},
        [
            f"The recording key is {done.new}; the keys of {done.wrapped_again} recordings were wrapped again.",
            *(f"No key of this node opens {one}; it stays as it is." for one in done.foreign),
            COPIES,
        ],
        as_json=as_json,
    )


@keys.command(epilog="Example: penstock evidence keys token --make")
@click.option(
    "--make", "deed", flag_value="make", help="Draw the key of a log that has not begun in the token."
)
@click.option(
    "--adopt",
    "deed",
    flag_value="adopt",
    help="Take the key that is in the token, for a log that has not begun.",
)
@click.option(
    "--move",
    "deed",
    flag_value="move",
    help="Move this log's key out of its file into the token. The node must be down.",
)
@node_option
@json_option
@plainly
def token(layout: Layout, deed: str | None, *, as_json: bool) -> None:
    """Bring the ledger's key into the PKCS#11 token that [token] of penstock.toml names; without an option, look at it there.

    Prints the verifier key that auditors and witnesses are given. docs/token.md has it step by step.
    """
    from broker.token import keys as bringing  # noqa: PLC0415 (only here is a token's library needed)
    from broker.token.place import place_of  # noqa: PLC0415

    settings = read_settings(layout)
    place = place_of(layout, settings.token)
    if place is None:
        raise ConfigError(
            "No token is set up.",
            file=str(layout.config),
            remedy="Name its module, label and PIN file in [token].",
        )
    said = {
        None: "is in the token, and signs.",
        "make": "was made in the token.",
        "adopt": "is the ledger's from now on.",
        "move": "is in the token; its file is destroyed. Copies of the file elsewhere still hold it.",
    }[deed]
    do = {None: bringing.seen, "make": bringing.make, "adopt": bringing.adopt, "move": bringing.move}[deed]
    key = do(layout, place, settings.ledger.origin)
    tell(
        {"vkey": key.text(), "token": place.token, "key": place.key},
        [
            f"The key {place.key} {said}",
            key.text(),
            f"Hand this line to your auditor and to witnesses; it is in {layout.ledger_vkey} as well.",
        ],
        as_json=as_json,
    )
