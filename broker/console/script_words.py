"""What the pages' scripts say. They find it in the page, by these names, in the page's language."""

from collections.abc import Mapping

from domain.said import say

SCRIPT_WORDS: Mapping[str, str] = {
    # console.js
    "copied": say("Copied"),
    "selected": say("Selected"),
    "live": say("Live"),
    "lost": say("Connection lost. What you see is old."),
    "lost_for": say("Connection lost. What you see is {age} seconds old.", age="{age}"),
    # passkeys.js
    "passkey_not_used": say("The passkey was not used. Nothing was sent."),
    "no_passkeys": say("Passkeys can not be used in this browser."),
    "no_reason": say("Say first why."),
    "no_finding": say("Say first what you found."),
    # push.js
    "no_push": say("This browser can't be told anything while no page is open."),
    "push_not_allowed": say("This browser does not let the console show notices. Its settings say who may."),
    "push_not_reached": say("This browser's push service can't be reached, so it can't be told anything."),
    # watch.js
    "no_terminal": say("No terminal yet: what is typed and shown appears here."),
    "stream_lost": say("The stream is lost; what you see may be old. Trying again."),
    "stream_over": say("This is over: the session has ended, or it is no longer yours to see."),
    # watch-screen.js
    "no_screen": say("No screen yet: it appears here when the vendor opens it."),
    "screen_catches_up": say("Drawing what was shown before now."),
    "screen_closed": say("This screen was closed; the next one appears here."),
    "not_drawn": say("The picture could not be drawn."),
    # terminal.js
    "ended": say("Ended"),
    "ended_with": say("Ended: exit status {status}", status="{status}"),
    "ended_by": say("Ended by the signal {signal}", signal="{signal}"),
    "ended_early": say("Ended before it could say how"),
    "ended_lost": say("The connection to this console was lost, and the session has ended."),
    "ended_lost_remedy": say("Open it anew. If the console was stopped, wait until it is back."),
    # replay.js
    "not_replayed": say("This recording could not be replayed."),
    "no_player": say("The player could not start: {why}", why="{why}"),
    # screen-replay.js
    "screen_play": say("Play"),
    "screen_pause": say("Pause"),
    "pixels_not_shown": say(
        "The vendor's viewer asked for colours that can't be shown here. Wireshark reads the stream."
    ),
    "screen_ends_here": say("What follows can't be read."),
    # zonemap.js
    "level": say("Level {level}", level="{level}"),
    "no_level": say("No level"),
    "safety": say("safety"),
    "dmz": say("DMZ"),
    "closed": say("closed"),
    "one_void": say("1 void"),
    "voids": say("{count} voids", count="{count}"),
    "live_count": say("{count} live", count="{count}"),
    "widest_state": say("Maintenance"),
    "conduit": say(
        "Conduit {name}, from {source} to {destination}",
        name="{name}",
        source="{source}",
        destination="{destination}",
    ),
    "way": say(
        "{name}: from {source} to {destination}",
        name="{name}",
        source="{source}",
        destination="{destination}",
    ),
}
"""A name in braces is filled in by the script."""
