"""The commands that the bot has registered, and their options as Discord sends them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fake_discord.answers import Refused, invalid_form
from fake_discord.attachments import Attachment
from fake_discord.change_notifier import ChangeNotifier
from fake_discord.world import Channel, Payload, User, snowflake

CHAT_INPUT, USER_MENU, MESSAGE_MENU = 1, 2, 3
SUBCOMMAND, SUBCOMMAND_GROUP = 1, 2
STRING, INTEGER, BOOLEAN, USER, CHANNEL, MENTIONABLE, NUMBER, ATTACHMENT = 3, 4, 5, 6, 7, 9, 10, 11
SLASH_NAME = re.compile(r"[-_'\w]{1,32}")


class Commands:
    """The newest registration of the bot's commands.

    Args:
        application_id: The application that the commands belong to.
    """

    def __init__(self, changes: ChangeNotifier, application_id: int) -> None:
        self.registrations = 0
        self.registered: list[Payload] = []
        self._changes, self._application_id = changes, application_id
        self._ids: dict[tuple[str, int], int] = {}

    def register(self, payload: list[Payload], guild_id: str | None = None) -> list[Payload]:
        for index, command in enumerate(payload):
            _check(command, f"{index}")
        commands = [self._registered(command, guild_id) for command in payload]
        others = [command for command in self.registered if command.get("guild_id") != guild_id]
        self.registered = others + commands
        self.registrations += 1
        self._changes.notify()
        return commands

    def _registered(self, command: Payload, guild_id: str | None) -> Payload:
        kind = command.get("type", CHAT_INPUT)
        number = self._ids.setdefault((command["name"], kind), snowflake())
        known = {"id": str(number), "application_id": str(self._application_id), "version": str(snowflake())}
        place = {"guild_id": guild_id} if guild_id else {}
        return {"type": kind, "description": "", "options": []} | command | known | place

    async def find(self, name: str, kind: int = CHAT_INPUT, within: float = 10) -> Payload:
        """Wait until a command is registered, and return it."""

        def find() -> Payload | None:
            for command in self.registered:
                if (command["name"], command["type"]) == (name, kind):
                    return command
            return None

        return await self._changes.until(
            find, within, lambda: f"{name!r} is not among {[command['name'] for command in self.registered]}"
        )


def _check(command: Payload, path: str) -> None:
    """Refuse a command that Discord would not register."""
    kind, options = command.get("type", CHAT_INPUT), command.get("options", [])
    is_menu = path.isdigit() and kind != CHAT_INPUT
    names = [command["name"], *(command.get("name_localizations") or {}).values()]
    description = command.get("description", "")
    descriptions = [description, *(command.get("description_localizations") or {}).values()]
    choices = command.get("choices", [])
    required = [option.get("required", False) for option in options]
    labels = [choice["name"] for choice in choices]
    complaints = {
        "name": not is_menu and not all(map(_is_slash_name, names)),
        "description": not is_menu and not all(1 <= len(text) <= 100 for text in descriptions),
        "options": len(options) > 25 or required != sorted(required, reverse=True),
        "choices": len(choices) > 25 or not all(1 <= len(label) <= 100 for label in labels),
    }
    for part, holds in complaints.items():
        if holds:
            raise Refused(invalid_form(f"{path}.{part}", f"of {command['name']!r} is not acceptable"))
    for index, option in enumerate(options):
        _check(option, f"{path}.options.{index}")


def _is_slash_name(name: str) -> bool:
    return bool(SLASH_NAME.fullmatch(name)) and name == name.lower()


@dataclass
class Resolved:
    """The objects that options refer to by id."""

    in_guild: bool
    things: dict[str, dict[str, Payload]] = field(default_factory=dict)

    def add(self, kind: str, number: int, payload: Payload) -> str:
        self.things.setdefault(kind, {})[str(number)] = payload
        return str(number)

    def add_user(self, user: User) -> str:
        if self.in_guild:
            self.add("members", user.id, user.member(permissions=0))
        return self.add("users", user.id, user.payload())

    def add_attachment(self, attachment: Attachment) -> str:
        return self.add("attachments", attachment.id, attachment.payload() | {"ephemeral": True})

    def add_channel(self, channel: Channel) -> str:
        return self.add("channels", channel.id, channel.payload() | {"permissions": "0"})


def fill_options(
    command: Payload, path: list[str], values: dict[str, Any], resolved: Resolved, focused: str | None = None
) -> list[Payload]:
    """Build the options as Discord sends them, after the checks of its client.

    Args:
        path: The names of the subcommands.
        values: The values by the names of the options.
        resolved: Receives the objects that the values refer to.
        focused: The option that is being typed, for its autocompletion.
    """
    declared = {option["name"]: option for option in command["options"]}
    if path:
        step = declared[path[0]]
        return [
            {
                "name": step["name"],
                "type": step["type"],
                "options": fill_options({"options": []} | step, path[1:], values, resolved, focused),
            }
        ]
    unknown = values.keys() - declared.keys()
    assert not unknown, f"{command['name']!r} has no options {unknown}, but {list(declared)}"
    if focused is None:
        missing = {name for name, option in declared.items() if option.get("required")} - values.keys()
        assert not missing, f"{command['name']!r} needs {missing}"
    options = []
    for name, value in values.items():
        option = {"name": name, "type": declared[name]["type"]}
        if name == focused:
            options.append(option | {"value": value, "focused": True})
        else:
            options.append(option | {"value": _encoded(declared[name], value, resolved)})
    return options


def _encoded(option: Payload, value: Any, resolved: Resolved) -> Any:
    encode: Callable[[Any], Any] | None
    types: Any
    types, encode = {
        STRING: (str, None),
        INTEGER: (int, None),
        BOOLEAN: (bool, None),
        NUMBER: ((int, float), None),
        USER: (User, resolved.add_user),
        MENTIONABLE: (User, resolved.add_user),
        CHANNEL: (Channel, resolved.add_channel),
        ATTACHMENT: (Attachment, resolved.add_attachment),
    }[option["type"]]
    name = option["name"]
    fits = isinstance(value, types) and isinstance(value, bool) == (option["type"] == BOOLEAN)
    assert fits, f"{name!r} cannot be {value!r}"
    if encode is not None:
        return encode(value)
    if choices := [choice["value"] for choice in option.get("choices", [])]:
        assert value in choices, f"{name!r} offers {choices}, not {value!r}"
    measure = len(value) if isinstance(value, str) else value
    least, most = ("min_length", "max_length") if isinstance(value, str) else ("min_value", "max_value")
    assert option.get(least, measure) <= measure <= option.get(most, measure), f"{name!r} cannot be {value!r}"
    return value
