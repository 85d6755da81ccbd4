"""Controls by which tests make requests and connections fail."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fake_discord.answers import Answer
from fake_discord.calls import Call
from fake_discord.change_notifier import PATIENCE_SECONDS, ChangeNotifier
from fake_discord.faults import Fault, Faults
from fake_discord.gateway import Gateway
from fake_discord.interactions import Interaction
from fake_discord.rest import RestApi
from fake_discord.world import Channel


class FaultControls:
    """The methods of the fake server that make requests and connections fail."""

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
        """Give this answer to the next requests with a method and a part of the path."""
        return self._faults.add(method, path, answer, times, when)

    def stall(
        self, method: str, path: str, *, times: int | None = 1, when: Callable[[Call], object] = bool
    ) -> Fault:
        """Delay the next such requests until the fault is released, and then serve them."""
        return self._faults.add(method, path, None, times, when, stalled=True)

    def hold(
        self, method: str, path: str, *, times: int | None = 1, when: Callable[[Call], object] = bool
    ) -> Fault:
        """Serve the next such requests, but delay the responses until the fault is released."""
        return self._faults.add(method, path, None, times, when, held=True)

    def forget_nonces(self, channel: Channel | None = None) -> None:
        """Accept used nonces again, everywhere or in a channel, as Discord does after some minutes."""
        self._rest.forget_nonces(channel)

    async def repeat(self, interaction: Interaction) -> None:
        """Send the bot an interaction a second time, unchanged."""
        guild = interaction.context.channel.guild
        await self.gateway.repeat("INTERACTION_CREATE", interaction.event(), guild)

    async def connected(self, within: float = PATIENCE_SECONDS) -> None:
        """Wait until every shard of the bot is connected."""
        await self._changes.until(lambda: self.gateway.connected, within, lambda: "no bot is connected")

    async def identified(self, times: int, within: float = PATIENCE_SECONDS) -> None:
        """Wait until the bot's shards have identified this many times in all, and are connected."""
        gateway = self.gateway
        await self._changes.until(
            lambda: gateway.identified >= times and gateway.connected,
            within,
            lambda: f"shards identified {gateway.identified} times",
        )

    async def resumed(self, times: int = 1, within: float = PATIENCE_SECONDS) -> None:
        """Wait until the bot's shards have resumed this many times in all."""
        gateway = self.gateway
        await self._changes.until(
            lambda: gateway.resumed >= times, within, lambda: f"shards resumed {gateway.resumed} times"
        )

    async def drop_gateway(self, code: int | None = 4000) -> None:
        """Close the bot's connections with a code, or abruptly. The bot may reconnect at once."""
        await self.gateway.drop(code)

    def gateway_dropped(self, code: int | None = 4000) -> AbstractAsyncContextManager[None]:
        """Close the bot's connections and accept no new one in the block. Missed events are replayed."""
        return self.gateway.dropped(code)
