"""What can go wrong in the stand-in, because a test says so."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fake_discord.answers import Answer
from fake_discord.calls import Call
from fake_discord.change_notifier import ChangeNotifier
from fake_discord.faults import Fault, Faults
from fake_discord.gateway import Gateway
from fake_discord.interactions import Interaction
from fake_discord.rest import RestApi


class FaultControls:
    """The part of the stand-in that makes requests and connections fail."""

    gateway: Gateway
    _changes: ChangeNotifier
    _faults: Faults
    _rest: RestApi

    def fail(
        self,
        method: str,
        path: str,
        answer: Answer,
        *,
        times: int | None = 1,
        when: Callable[[Call], object] = bool,
    ) -> Fault:
        """Answer the next requests with this method, and this in their path, so."""
        return self._faults.add(method, path, answer, times, when)

    def stall(
        self, method: str, path: str, *, times: int | None = 1, when: Callable[[Call], object] = bool
    ) -> Fault:
        """Let the next such requests wait until the fault is released, and then serve them."""
        return self._faults.add(method, path, None, times, when, stalled=True)

    def hold(
        self, method: str, path: str, *, times: int | None = 1, when: Callable[[Call], object] = bool
    ) -> Fault:
        """Serve the next such requests, and keep the answers until the fault is released."""
        return self._faults.add(method, path, None, times, when, held=True)

    def forget_nonces(self) -> None:
        """Let a message of a nonce that was used before be sent once more, as Discord does after minutes."""
        self._rest.forget_nonces()

    async def repeat(self, interaction: Interaction) -> None:
        """Tell the bot of an interaction a second time, word for word."""
        guild = interaction.context.channel.guild
        await self.gateway.repeat("INTERACTION_CREATE", interaction.event(), guild)

    async def connected(self, within: float = 30) -> None:
        """Return once every shard of the bot is connected."""
        await self._changes.until(lambda: self.gateway.connected, within, lambda: "no bot is connected")

    async def identified(self, times: int, within: float = 30) -> None:
        """Return once the bot's shards have identified so many times in all, and are connected."""
        gateway = self.gateway
        await self._changes.until(
            lambda: gateway.identified >= times and gateway.connected,
            within,
            lambda: f"shards identified {gateway.identified} times",
        )

    async def resumed(self, times: int = 1, within: float = 30) -> None:
        """Return once the bot's shards have resumed so many times in all."""
        gateway = self.gateway
        await self._changes.until(
            lambda: gateway.resumed >= times, within, lambda: f"shards resumed {gateway.resumed} times"
        )

    async def drop_gateway(self, code: int | None = 4000) -> None:
        """Close the bot's connections with this code, or abruptly; it may come back at once."""
        await self.gateway.drop(code)

    def gateway_dropped(self, code: int | None = 4000) -> AbstractAsyncContextManager[None]:
        """The same, but nobody comes back before the block ends; what is sent meanwhile is replayed."""
        return self.gateway.dropped(code)
