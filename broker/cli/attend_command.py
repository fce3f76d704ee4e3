"""``penstock sessions attend``: be the pair of eyes without which nothing goes towards the asset."""

import time

import click

from broker.cli.answer import fail, json_option, local_name, node_option, plainly, tell
from broker.layout import Layout
from broker.watchdog.attendance import SAID_EVERY_S
from broker.watchdog.kill_switch import ask_watchdog
from domain.errors import PeerError


@click.command("attend", epilog="Example: penstock sessions attend zone:pumping")
@click.argument("what")
@node_option
@json_option
@plainly
def attend_session(what: str, layout: Layout, *, as_json: bool) -> None:
    """Watch WHAT, a session's id or `zone:ID`, until Ctrl-C; stop, and within three seconds its input waits.

    For work that the zone's operating state allows only while somebody of the plant watches.
    """
    scope = what if ":" in what else f"session:{what}"
    who = local_name()
    answer = ask_watchdog(layout, {"do": "attend", "scope": scope, "by": who})
    if not answer.get("ok"):
        fail(str(answer.get("error", "The watchdog refused.")), "See `penstock sessions list`.")
    tell({"attending": scope, "by": who}, [f"You attend {scope}. Ctrl-C when you leave."], as_json=as_json)
    try:
        while True:
            time.sleep(SAID_EVERY_S)
            ask_watchdog(layout, {"do": "attend", "scope": scope, "by": who})
    except KeyboardInterrupt:
        pass
    except PeerError:
        fail("The watchdog no longer answers: nobody attends.", "Start it, and attend again.")
    ask_watchdog(layout, {"do": "leave", "scope": scope, "by": who})
