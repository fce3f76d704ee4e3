"""Where a signal of the plant is read: a Modbus coil, an OPC UA node. No function here writes."""

import asyncio
from contextlib import suppress

from asyncua.client.client import Client
from asyncua.ua.uaerrors import UaError
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException

from domain.errors import PeerError
from policies.plant_signal import PlantSignal, SignalKind

CONNECT_S = 1.0


class ModbusCoil:
    """One coil of one unit (MODBUS Application Protocol V1.1b3, section 6.1: Read Coils)."""

    def __init__(self, signal: PlantSignal) -> None:
        self._coil = int(signal.point)
        self._unit = signal.unit
        self._client = AsyncModbusTcpClient(
            str(signal.address), port=signal.port, timeout=CONNECT_S, retries=0, reconnect_delay=0
        )

    async def read(self) -> object:
        """Whether the coil is on; PeerError when the device does not say."""
        try:
            if not self._client.connected and not await self._client.connect():
                raise PeerError("The signal's device can't be reached.")
            answer = await self._client.read_coils(self._coil, count=1, device_id=self._unit)
        except (ModbusException, OSError) as error:
            self._client.close()
            raise PeerError(f"The signal's device did not answer: {type(error).__name__}.") from error
        if answer.isError():
            raise PeerError(f"The signal's device answered with exception {answer.exception_code}.")
        return bool(answer.bits[0]) if answer.bits else None

    async def close(self) -> None:
        """Hang up."""
        self._client.close()


class OpcUaNode:
    """One Boolean node (OPC 10000-4, 5.11.2: Read, the attribute Value). A value that is not Good is no value."""

    def __init__(self, signal: PlantSignal) -> None:
        host = f"[{signal.address}]" if signal.address.version == 6 else str(signal.address)
        self._url = f"opc.tcp://{host}:{signal.port}"
        self._node = signal.point
        self._client: Client | None = None

    async def read(self) -> object:
        """The node's value; PeerError when the server does not say, or says that it is not sure."""
        try:
            if self._client is None:
                self._client = await self._connected()
            value = await self._client.get_node(self._node).read_data_value(raise_on_bad_status=False)
        except (OSError, UaError, TimeoutError) as error:
            await self._hang_up()
            raise PeerError(f"The signal's server did not answer: {type(error).__name__}.") from error
        if value.StatusCode is None or not value.StatusCode.is_good() or value.Value is None:
            raise PeerError("The signal's server is not sure of its value.")
        return value.Value.Value

    async def _connected(self) -> Client:
        client = Client(self._url, timeout=CONNECT_S)
        await client.connect()
        return client

    async def _hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(OSError, UaError, TimeoutError):
                async with asyncio.timeout(CONNECT_S):
                    await client.disconnect()

    async def close(self) -> None:
        """Hang up."""
        await self._hang_up()


def source_of(signal: PlantSignal) -> ModbusCoil | OpcUaNode:
    """Where ``signal`` is read."""
    return ModbusCoil(signal) if signal.kind is SignalKind.MODBUS_COIL else OpcUaNode(signal)
