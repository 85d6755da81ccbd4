"""The fake REST API and its file host."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from fake_discord.answers import (
    MISSING_ACCESS,
    NOT_FOUND,
    UNAUTHORIZED,
    UNKNOWN_CHANNEL,
    UNKNOWN_INTERACTION,
    UNKNOWN_MESSAGE,
    UNKNOWN_USER,
    UNKNOWN_WEBHOOK,
    Answer,
    Refused,
    refusal,
)
from fake_discord.attachments import FileStore
from fake_discord.calls import Call
from fake_discord.change_notifier import ChangeNotifier
from fake_discord.commands import Commands
from fake_discord.faults import Faults
from fake_discord.interactions import UPLOAD_LIMIT, Interaction, Limits
from fake_discord.messages import NEW_MESSAGE_FLAGS, Message, State, check_file_sizes
from fake_discord.world import Channel, World

Endpoint = Callable[..., Answer]
NOT_THE_AUTHOR = refusal(403, 50005, "Cannot edit a message authored by another user")


class RestApi:
    """Serves requests, and records them in ``calls``.

    Args:
        token: The bot's token.
        shards: How many shards Discord tells the bot to use.
    """

    def __init__(
        self,
        world: World,
        commands: Commands,
        store: FileStore,
        faults: Faults,
        changes: ChangeNotifier,
        token: str,
        shards: int,
    ) -> None:
        self.calls: list[Call] = []
        self.limits = Limits()
        self.gateway_url = ""
        self.interactions: dict[str, Interaction] = {}
        self._by_nonce: dict[tuple[str, str], Message] = {}
        self._world, self._commands, self._store = world, commands, store
        self._faults, self._changes = faults, changes
        self._authorization, self._shards = f"Bot {token}", shards

    def add_to(self, router: web.UrlDispatcher) -> None:
        webhook = "/webhooks/{application}/{token}"
        message = "/channels/{channel}/messages/{message}"
        token_routes: list[tuple[str, str, Endpoint]] = [
            ("POST", "/interactions/{interaction}/{token}/callback", self._callback),
            ("POST", webhook, self._follow_up),
            ("GET", webhook + "/messages/{message}", self._response),
            ("PATCH", webhook + "/messages/{message}", self._edit_response),
            ("DELETE", webhook + "/messages/{message}", self._delete_response),
        ]
        bot_routes: list[tuple[str, str, Endpoint]] = [
            ("GET", "/users/@me", self._current_user),
            ("GET", "/users/{user}", self._user),
            ("POST", "/users/@me/channels", self._direct_channel),
            ("GET", "/oauth2/applications/@me", self._application),
            ("GET", "/applications/@me", self._application),
            ("GET", "/gateway/bot", self._gateway),
            ("GET", "/applications/{application}/commands", self._registered),
            ("PUT", "/applications/{application}/commands", self._register),
            ("PUT", "/applications/{application}/guilds/{guild}/commands", self._register),
            ("GET", "/channels/{channel}", self._channel),
            ("POST", "/channels/{channel}/typing", self._typing),
            ("GET", "/channels/{channel}/messages", self._history),
            ("POST", "/channels/{channel}/messages", self._post),
            ("GET", message, self._message),
            ("PATCH", message, self._edit),
            ("DELETE", message, self._delete),
            ("*", "/{anything:.*}", self._unknown_route),
        ]
        router.add_get("/attachments/{file:.*}", self._handler(self._file, authorized=False))
        for method, path, endpoint in token_routes:
            router.add_route(method, "/api/v10" + path, self._handler(endpoint, authorized=False))
        for method, path, endpoint in bot_routes:
            router.add_route(method, "/api/v10" + path, self._handler(endpoint, authorized=True))

    def _handler(self, endpoint: Endpoint, *, authorized: bool) -> Callable[[web.Request], Any]:
        async def serve(request: web.Request) -> web.Response:
            call = await Call.read(request)
            self.calls.append(call)
            answer = await self._faults.answer_to(call)
            if answer is None:
                try:
                    if authorized and call.authorization != self._authorization:
                        raise Refused(UNAUTHORIZED)
                    answer = endpoint(call, **request.match_info)
                except Refused as refused:
                    answer = refused.answer
            call.status = answer.status
            self._changes.notify()
            await self._faults.hold(call)
            return answer.response()

        return serve

    # Files.

    def _file(self, call: Call, file: str) -> Answer:
        if attachment := self._store.at(call.path):
            return Answer(200, attachment.data, {"Content-Type": attachment.content_type})
        return Answer(404, "This content is no longer available.")

    # The bot itself.

    def _current_user(self, call: Call) -> Answer:
        return Answer(200, self._world.bot.payload() | {"verified": True, "mfa_enabled": False, "flags": 0})

    def _application(self, call: Call) -> Answer:
        application = {
            "id": str(self._world.application_id),
            "name": self._world.bot.name,
            "description": "",
            "icon": None,
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": 0,
            "owner": self._world.user.payload(),
            "team": None,
        }
        return Answer(200, application)

    def _gateway(self, call: Call) -> Answer:
        limit = {"total": 1000, "remaining": 999, "reset_after": 86_400_000, "max_concurrency": 1}
        return Answer(200, {"url": self.gateway_url, "shards": self._shards, "session_start_limit": limit})

    def _registered(self, call: Call, application: str) -> Answer:
        return Answer(200, self._commands.registered)

    def _register(self, call: Call, application: str, guild: str | None = None) -> Answer:
        return Answer(200, self._commands.register(call.payload, guild))

    def _unknown_route(self, call: Call, anything: str) -> Answer:
        return NOT_FOUND

    # Interactions.

    def _callback(self, call: Call, interaction: str, token: str) -> Answer:
        found = self.interactions.get(token)
        if found is None or str(found.id) != interaction:
            return UNKNOWN_INTERACTION
        found.acknowledge(call, self._store, self.limits)
        if call.query.get("with_response") in ("1", "true"):
            return Answer(200, found.callback())
        return Answer(204)

    def _interaction(self, token: str) -> Interaction:
        if token not in self.interactions:
            raise Refused(UNKNOWN_WEBHOOK)
        return self.interactions[token]

    def _response(self, call: Call, application: str, token: str, message: str) -> Answer:
        return Answer(200, self._interaction(token).message_of(message).payload())

    def _edit_response(self, call: Call, application: str, token: str, message: str) -> Answer:
        interaction = self._interaction(token)
        found = interaction.message_of(message)
        interaction.edit(call, found, self._store, self.limits)
        return Answer(200, found.payload())

    def _delete_response(self, call: Call, application: str, token: str, message: str) -> Answer:
        self._interaction(token).message_of(message).delete()
        return Answer(204)

    def _follow_up(self, call: Call, application: str, token: str) -> Answer:
        message = self._interaction(token).follow_up(call, self._store, self.limits)
        return Answer(200, message.payload()) if call.query.get("wait") in ("1", "true") else Answer(204)

    # Users, channels and their messages.

    def _user(self, call: Call, user: str) -> Answer:
        found = self._world.users.get(int(user))
        return Answer(200, found.payload()) if found else UNKNOWN_USER

    def _direct_channel(self, call: Call) -> Answer:
        user = self._world.users.get(int(call.payload["recipient_id"]))
        return Answer(200, self._world.direct_channel(user).payload()) if user else UNKNOWN_USER

    def _accessible(self, channel: str) -> Channel:
        found = self._world.channels.get(int(channel))
        if found is None:
            raise Refused(UNKNOWN_CHANNEL)
        if found.group or (found.guild and not found.guild.joined):
            raise Refused(MISSING_ACCESS)
        return found

    def _visible(self, channel: str, message: str) -> Message:
        where = self._accessible(channel)
        found = self._world.messages.get(int(message))
        if found is None or found.channel is not where or found.deleted or found.state.ephemeral:
            raise Refused(UNKNOWN_MESSAGE)
        return found

    def _channel(self, call: Call, channel: str) -> Answer:
        return Answer(200, self._accessible(channel).payload())

    def _typing(self, call: Call, channel: str) -> Answer:
        self._accessible(channel)
        return Answer(204)

    def _post(self, call: Call, channel: str) -> Answer:
        found = self._accessible(channel)
        check_file_sizes(call.files.values(), self.limits.upload or UPLOAD_LIMIT)
        state = State().edited(call, call.payload, self._store, flags=NEW_MESSAGE_FLAGS)
        message = Message(found, self._world.bot, state, answers=self._referred_to(call))
        if call.payload.get("enforce_nonce"):
            message = self._by_nonce.setdefault((channel, str(call.payload["nonce"])), message)
        if message.id not in self._world.messages:
            self._world.post(message)
        return Answer(200, message.payload())

    def _history(self, call: Call, channel: str) -> Answer:
        """The newest messages, or those before or after a named one."""
        found = [m for m in self._accessible(channel).messages if not (m.deleted or m.state.ephemeral)]
        found.sort(key=lambda message: message.id)
        limit = int(call.query.get("limit", 50))
        if "after" in call.query:
            found = [message for message in found if message.id > int(call.query["after"])][:limit]
        if "before" in call.query:
            found = [message for message in found if message.id < int(call.query["before"])]
        return Answer(200, [message.payload() for message in reversed(found[-limit:])])

    def forget_nonces(self, channel: Channel | None = None) -> None:
        """Accept used nonces again, everywhere or in a channel, as Discord does after some minutes."""
        for where, nonce in list(self._by_nonce):
            if channel is None or where == str(channel.id):
                del self._by_nonce[where, nonce]

    def _referred_to(self, call: Call) -> Message | None:
        reference = call.payload.get("message_reference")
        return self._world.messages.get(int(reference["message_id"])) if reference else None

    def _message(self, call: Call, channel: str, message: str) -> Answer:
        return Answer(200, self._visible(channel, message).payload())

    def _edit(self, call: Call, channel: str, message: str) -> Answer:
        found = self._visible(channel, message)
        if found.author != self._world.bot:
            return NOT_THE_AUTHOR
        check_file_sizes(call.files.values(), self.limits.upload or UPLOAD_LIMIT)
        found.edit(call, call.payload, self._store)
        return Answer(200, found.payload())

    def _delete(self, call: Call, channel: str, message: str) -> Answer:
        self._visible(channel, message).delete()
        return Answer(204)
