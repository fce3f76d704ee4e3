"""An IEC 104 station, or the control centre that asks one, as a program of its own: ``station PORT`` or ``centre PORT``.

c104 is under the GPL: this file imports it and nothing of the project, and nothing of the project imports this file.
One line of JSON in, one out.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable

import c104

STATION, SWITCH, SET_POINT, PARAMETER, MEASURED = 1, 1001, 1002, 1003, 2002
PLACES = {
    SWITCH: c104.Type.C_SC_NA_1,
    SET_POINT: c104.Type.C_SE_NC_1,
    PARAMETER: c104.Type.C_SE_NB_1,
    MEASURED: c104.Type.M_ME_NC_1,
}


def say(**told: object) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def asked() -> Iterable[dict[str, object]]:
    for line in sys.stdin:
        yield json.loads(line)


received: list[list[object]] = []


def on_command(
    point: c104.Point, previous_info: c104.Information, message: c104.IncomingMessage
) -> c104.ResponseState:
    received.append([point.io_address, round(float(point.value), 3)])
    return c104.ResponseState.SUCCESS


def on_clock(server: c104.Server, ip: str, date_time: object) -> c104.ResponseState:
    received.append(["clock", 0])
    return c104.ResponseState.SUCCESS


asked_for: list[list[object]] = []


def on_raw(server: c104.Server, data: bytes) -> None:
    told = c104.explain_bytes_dict(apdu=data)
    if told["format"] == "I":
        asked_for.append([told["type"].name, told["firstInformationObjectAddress"]])


def station(port: int) -> None:
    """Takes commands and says, when asked on its own console, which came."""
    server = c104.Server(ip="127.0.0.1", port=port)
    own = server.add_station(common_address=STATION)
    for place, kind in PLACES.items():
        point = own.add_point(io_address=place, type=kind)
        if place == MEASURED:
            point.value = 40.0
        else:
            point.on_receive(callable=on_command)
    server.on_receive_raw(callable=on_raw)
    server.start()
    say(listening=port)
    for one in asked():
        if one["do"] == "tell":
            own.get_point(MEASURED).value = float(one["value"])
            own.get_point(MEASURED).transmit(cause=c104.Cot.SPONTANEOUS)
        if one["do"] == "log":
            say(asked=asked_for)
        else:
            say(received=received, connections=server.open_connection_count)
    server.stop()


agreed: set[c104.Type] = set()
"""What a station has said yes to since the last question. c104 waits five seconds for a yes, in vain, where it came before c104 began to wait."""


def on_answer(connection: c104.Connection, data: bytes) -> None:
    told = c104.explain_bytes_dict(apdu=data)
    if told["format"] != "I" or told["negative"]:
        return
    if told["cot"] == c104.Cot.ACTIVATION_CON:
        agreed.add(told["type"])
    elif told["cot"] == c104.Cot.REQUEST:  # the point itself, as it was asked for
        agreed.add(c104.Type.C_RD_NA_1)


ASKS = {
    "interrogate": c104.Type.C_IC_NA_1,
    "clock": c104.Type.C_CS_NA_1,
    "freeze": c104.Type.C_CI_NA_1,
    "read": c104.Type.C_RD_NA_1,
}


def centre(port: int) -> None:
    """Asks what it is told to ask, and says whether the station did it."""
    client = c104.Client(tick_rate_ms=50, command_timeout_ms=5000)
    line = client.add_connection(ip="127.0.0.1", port=port, init=c104.Init.NONE)
    line.on_receive_raw(callable=on_answer)
    far = line.add_station(common_address=STATION)
    points = {place: far.add_point(io_address=place, type=kind) for place, kind in PLACES.items()}
    client.start()
    while line.state != c104.ConnectionState.OPEN:
        if line.state == c104.ConnectionState.OPEN_MUTED:
            line.unmute()  # now and then it forgets to start the transfer by itself
        time.sleep(0.05)
    say(connected=port)
    doing: dict[str, Callable[[dict[str, object]], bool]] = {
        "interrogate": lambda _one: line.interrogation(common_address=STATION),
        "clock": lambda _one: line.clock_sync(common_address=STATION),
        "freeze": lambda _one: line.counter_interrogation(
            common_address=STATION, freeze=c104.Frz.FREEZE_WITHOUT_RESET
        ),
        "read": lambda one: points[int(str(one["place"]))].read(),
        "command": lambda one: _command(points[int(str(one["place"]))], one["value"]),
    }
    for one in asked():
        agreed.clear()
        done = doing[str(one["do"])](one)
        kind = PLACES[int(str(one["place"]))] if one["do"] == "command" else ASKS.get(str(one["do"]))
        say(
            done=done or kind in agreed,
            connected=line.is_connected,
            measured=round(points[MEASURED].value or 0.0, 3),
        )
    client.stop()


def _command(point: c104.Point, value: object) -> bool:
    point.value = c104.Int16(value) if point.io_address == PARAMETER else value
    return point.transmit(cause=c104.Cot.ACTIVATION)


if __name__ == "__main__":
    {"station": station, "centre": centre}[sys.argv[1]](int(sys.argv[2]))
