"""The fake gateway, whose sessions outlive their connections."""

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from fake_discord.change_notifier import ChangeNotifier
from fake_discord.world import Guild, Payload, World

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 0, 1, 2, 6, 9, 10, 11
AUTHENTICATION_FAILED, DISALLOWED_INTENTS = 4004, 4014
PRIVILEGED_INTENTS = 1 << 1 | 1 << 8 | 1 << 15
HEARTBEAT_INTERVAL = 41_250


@dataclass(eq=False)
class Connection:
    """One websocket of the bot."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport

    async def send(self, operation: int, data: Any, **more: Any) -> None:
        # A closed connection loses the event. Its session replays it later.
        with contextlib.suppress(ConnectionError):
            await self.socket.send_str(json.dumps({"op": operation, "d": data} | more))

    async def close(self, code: int | None) -> None:
        """Close with a code, or abruptly."""
        if code is None:
            self.transport.abort()
        else:
            await self.socket.close(code=code)


@dataclass(eq=False)
class Session:
    """The events that one shard of the bot has received since it identified."""

    shard: int
    count: int
    connection: Connection | None
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    events: list[Payload] = field(default_factory=list)

    def handles(self, guild: Guild | None) -> bool:
        return self.shard == (guild.shard(self.count) if guild else 0)

    async def dispatch(self, name: str, data: Payload) -> None:
        event = {"t": name, "s": len(self.events) + 1, "d": data}
        self.events.append(event)
        if self.connection is not None:
            await self._send(self.connection, event)

    async def repeat(self, matches: Callable[[Payload], bool]) -> None:
        """Send the newest matching event again, unchanged."""
        event = next((event for event in reversed(self.events) if matches(event)), None)
        if event is not None and self.connection is not None:
            await self._send(self.connection, event)

    async def resume(self, connection: Connection, sequence: int, repeated: int = 0) -> None:
        """Replay the events after a sequence number, preceded by some interactions that were sent before."""
        known = [event for event in self.events[:sequence] if event["t"] == "INTERACTION_CREATE"]
        for event in known[len(known) - repeated :] if repeated else ():
            await self._send(connection, event)
        while sequence < len(self.events):
            await self._send(connection, self.events[sequence])
            sequence += 1
        self.connection = connection
        await self.dispatch("RESUMED", {})

    @staticmethod
    async def _send(connection: Connection, event: Payload) -> None:
        await connection.send(DISPATCH, event["d"], t=event["t"], s=event["s"])


class Gateway:
    """Accepts the bot's connections and keeps its sessions.

    Args:
        token: The only token that may identify.
    """

    def __init__(self, world: World, changes: ChangeNotifier, token: str) -> None:
        self.url = ""
        self.identified = self.resumed = self.heartbeats = 0
        self.sessions: list[Session] = []
        self._world, self._changes, self._token = world, changes, token
        self._open = asyncio.Event()
        self._open.set()
        self.repeated_on_resume = 0
        """How many received interactions a resuming client gets again, before the events that it missed."""

    @property
    def connected(self) -> bool:
        """Whether every shard that the newest session knows of is connected."""
        live = {session.shard for session in self.sessions if session.connection}
        return bool(self.sessions) and live >= set(range(self.sessions[-1].count))

    async def dispatch(self, name: str, data: Payload, guild: Guild | None) -> None:
        """Send an event to the shards that handle a guild; a disconnected shard gets it when it resumes."""
        sessions = [session for session in self.sessions if session.handles(guild)]
        assert sessions, "no bot has identified for this guild"
        for session in sessions:
            await session.dispatch(name, data)

    async def repeat(self, name: str, data: Payload, guild: Guild | None) -> None:
        """Send an event a second time."""
        for session in self.sessions:
            if session.handles(guild):
                await session.repeat(lambda event: event["t"] == name and event["d"]["id"] == data["id"])

    async def drop(self, code: int | None) -> None:
        """Close every connection, but keep the sessions."""
        connections = [session.connection for session in self.sessions if session.connection]
        for session in self.sessions:
            session.connection = None
        self._changes.notify()
        await asyncio.gather(*(connection.close(code) for connection in connections))

    async def invalidate(self) -> None:
        """End every session. None can be resumed."""
        sessions, self.sessions = self.sessions, []
        for session in sessions:
            if session.connection is not None:
                await session.connection.send(INVALID_SESSION, data=False)

    @contextlib.asynccontextmanager
    async def dropped(self, code: int | None) -> AsyncIterator[None]:
        """Close every connection, and accept no new one before the block ends."""
        self._open.clear()
        try:
            await self.drop(code)
            yield
        finally:
            self._open.set()

    async def close(self) -> None:
        self._open.set()
        await self.drop(1001)

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        # Clients read text frames whatever compression they ask for.
        socket = web.WebSocketResponse(timeout=1, compress=False)
        await socket.prepare(request)
        assert request.transport is not None
        connection = Connection(socket, request.transport)
        await self._open.wait()
        await connection.send(HELLO, {"heartbeat_interval": HEARTBEAT_INTERVAL})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._receive(connection, json.loads(message.data))
        for session in [session for session in self.sessions if session.connection is connection]:
            session.connection = None
            if socket.close_code in (1000, 1001):
                self.sessions.remove(session)
        self._changes.notify()
        return socket

    async def _receive(self, connection: Connection, frame: Payload) -> None:
        operation, data = frame["op"], frame["d"]
        if operation == HEARTBEAT:
            self.heartbeats += 1
            await connection.send(HEARTBEAT_ACK, None)
        elif operation in (IDENTIFY, RESUME) and data["token"] != self._token:
            await connection.close(AUTHENTICATION_FAILED)
        elif operation == IDENTIFY and data.get("intents", 0) & PRIVILEGED_INTENTS:
            await connection.close(DISALLOWED_INTENTS)
        elif operation == IDENTIFY:
            await self._identify(connection, data.get("shard") or [0, 1])
        elif operation == RESUME:
            await self._resume(connection, data)

    async def _identify(self, connection: Connection, shard: list[int]) -> None:
        session = Session(shard[0], shard[1], connection)
        self.sessions.append(session)
        guilds = [guild for guild in self._world.guilds if guild.joined and session.handles(guild)]
        ready = {
            "v": 10,
            "user": self._world.bot.payload(),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": shard,
            "application": {"id": str(self._world.application_id), "flags": 0},
        }
        await session.dispatch("READY", ready)
        for guild in guilds:
            await session.dispatch("GUILD_CREATE", guild.payload(self._world.bot))
        self.identified += 1
        self._changes.notify()

    async def _resume(self, connection: Connection, data: Payload) -> None:
        for session in self.sessions:
            if session.id == data["session_id"]:
                await session.resume(connection, data["seq"], self.repeated_on_resume)
                self.resumed += 1
                self._changes.notify()
                return
        await connection.send(INVALID_SESSION, data=False)
