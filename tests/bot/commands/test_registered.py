"""The registered commands stay within Discord's limits in every language."""

import re
import unicodedata

import discord
import pytest

from bot.app import new_client
from bot.commands import BUTTONS
from bot.commands._motion import format_choices
from bot.texts import CommandTranslator, packaged_catalogue
from dream_engine.presets import PRESETS

SLASH, USER, MESSAGE = 1, 2, 3
GROUP = 1
LOCALES = [
    locale.value
    for locale in discord.Locale
    if {locale.value, locale.value.split("-")[0]} & set(packaged_catalogue().languages)
]
"""Discord's locales whose language has a catalogue."""
SAME_AS_ENGLISH = {"es": {"spoiler", "fps"}, "pt": {"spoiler", "fps"}}
"""The names that a language has in common with English."""
EVERYWHERE = {"integration_types": [0, 1], "contexts": [0, 1, 2]}


@pytest.fixture(scope="module")
def bot():
    return new_client(shard_count=1)


@pytest.fixture
async def registered(bot):
    """The payloads of all commands by name."""
    await bot.tree.set_translator(CommandTranslator())
    payloads = [
        await command.get_translated_payload(bot.tree, bot.tree.translator)
        for command in bot.tree.get_commands()
    ]
    payloads += [
        await command.get_translated_payload(bot.tree, bot.tree.translator)
        for kind in (discord.AppCommandType.user, discord.AppCommandType.message)
        for command in bot.tree.get_commands(type=kind)
    ]
    return {payload["name"]: payload for payload in payloads}


def named_parts(payload, path=""):
    """Yield a command, its subcommands and their options, each with its path."""
    path = f"{path} {payload['name']}".strip()
    yield path, payload
    for option in payload.get("options", ()):
        yield from named_parts(option, path)


def languages(payload, what):
    """Return a text in all languages."""
    return {"en": payload[what], **payload.get(f"{what}_localizations", {})}


def is_valid_name(name):
    letters = all(character in "-_'" or unicodedata.category(character)[0] in "LN" for character in name)
    return letters and 1 <= len(name) <= 32 and name == name.lower()


async def test_all_commands_are_registered(registered):
    kinds = {name: payload["type"] for name, payload in registered.items()}
    assert kinds == {
        "dream": SLASH,
        "presets": SLASH,
        "queue": SLASH,
        "help": SLASH,
        "privacy": SLASH,
        "dream-settings": SLASH,
        "dream-admin": SLASH,
        "forget-me": SLASH,
        "Dream this": MESSAGE,
        "Dream avatar": USER,
    }


async def test_commands_work_in_servers_direct_messages_and_user_installs(registered):
    for name, payload in registered.items():
        if name not in ("dream-settings", "dream-admin"):
            assert {key: sorted(payload[key]) for key in EVERYWHERE} == EVERYWHERE, name


async def test_the_settings_need_the_permission_to_manage_the_server(registered):
    payload = registered["dream-settings"]
    assert payload["integration_types"] == [0]
    assert payload["contexts"] == [0]
    assert int(payload["default_member_permissions"]) == discord.Permissions(manage_guild=True).value


async def test_the_operators_commands_are_shown_only_to_administrators(registered):
    payload = registered["dream-admin"]
    assert payload["integration_types"] == [0]
    assert payload["contexts"] == [0]
    assert int(payload["default_member_permissions"]) == 0


async def test_the_dream_command_has_all_options_in_order(registered):
    options = registered["dream"]["options"]
    assert [option["name"] for option in options] == [
        "image", "preset", "of", "strength", "size", "iterations", "octaves", "layer", "guide", "mask",
        "keep-colour", "seed", "spoiler", "private", "motion", "seconds", "fps", "format",
    ]  # fmt: skip
    assert [option["required"] for option in options] == [True] + [False] * 17


async def test_bounds_come_from_the_engine(registered):
    options = {option["name"]: option for option in registered["dream"]["options"]}
    bounds = {name: (options[name]["min_value"], options[name]["max_value"])
              for name in ("strength", "iterations", "octaves", "seed", "seconds", "fps")}  # fmt: skip
    assert bounds == {
        "strength": (0.25, 4.0),
        "iterations": (1, 500),
        "octaves": (1, 12),
        "seed": (0, 2**32 - 1),
        "seconds": (0.5, 30.0),
        "fps": (1.0, 30.0),
    }
    assert options["layer"]["autocomplete"]
    assert options["of"]["autocomplete"]
    assert [choice["value"] for choice in options["preset"]["choices"]] == list(PRESETS)


async def test_every_motion_and_format_can_be_chosen(registered):
    options = {option["name"]: option for option in registered["dream"]["options"]}
    values = {name: [choice["value"] for choice in options[name]["choices"]] for name in ("motion", "format")}
    assert values == {
        "motion": ["still", "zoom", "grow", "morph", "clip"],
        "format": ["webp", "gif", "avif", "mp4", "webm"],
    }


def test_without_video_support_no_video_can_be_chosen():
    assert [choice.value for choice in format_choices(with_videos=False)] == ["webp", "gif", "avif"]


async def test_names_are_valid_in_every_language(registered):
    for payload in registered.values():
        for path, named in named_parts(payload):
            for language, name in languages(named, "name").items():
                is_menu = payload["type"] != SLASH
                assert 1 <= len(name) <= 32 if is_menu else is_valid_name(name), (path, language, name)


async def test_names_are_unique_in_every_language(registered):
    for payload in registered.values():
        for path, named in named_parts(payload):
            for locale in LOCALES:
                names = [languages(option, "name").get(locale) for option in named.get("options", ())]
                assert len(names) == len(set(names)), (path, locale)


async def test_descriptions_stay_within_the_length_limit_in_every_language(registered):
    for payload in registered.values():
        for path, named in named_parts(payload):
            if payload["type"] == SLASH:
                for language, text in languages(named, "description").items():
                    assert 1 <= len(text) <= 100, (path, language)


async def test_choices_stay_within_the_limits_in_every_language(registered):
    for payload in registered.values():
        for path, named in named_parts(payload):
            assert len(named.get("options", ())) <= 25, path
            assert len(named.get("choices", ())) <= 25, path
            for choice in named.get("choices", ()):
                for language, text in languages(choice, "name").items():
                    assert 1 <= len(text) <= 100, (path, language, text)


async def test_no_command_is_longer_than_8000_characters_in_any_language(registered):
    for payload in registered.values():
        longest = 0
        for _, named in named_parts(payload):
            for text in ("name", "description"):
                longest += max(map(len, languages(named, text).values())) if named.get(text) else 0
            for choice in named.get("choices", ()):
                longest += max(map(len, languages(choice, "name").values())) + len(str(choice["value"]))
        assert longest <= 8000


@pytest.mark.parametrize("locale", [locale for locale in LOCALES if not locale.startswith("en")])
async def test_everything_has_a_name_and_a_description_in_every_language(registered, locale):
    hangul = re.compile("[가-힣]")

    def assert_translated(translated, english, path):
        if locale == "ko":
            assert hangul.search(translated), path
        elif english not in SAME_AS_ENGLISH.get(locale.split("-")[0], ()):
            assert translated != english, path

    for payload in registered.values():
        for path, named in named_parts(payload):
            assert_translated(named["name_localizations"][locale], named["name"], path)
            if payload["type"] == SLASH:
                assert_translated(named["description_localizations"][locale], named["description"], path)
            for choice in named.get("choices", ()):
                assert_translated(choice["name_localizations"][locale], choice["name"], path)


async def test_every_locale_of_the_catalogues_languages_is_registered_and_no_other(registered):
    assert {"en-GB", "en-US", "ko", "es-ES", "es-419", "pt-BR"} <= set(LOCALES)
    for payload in registered.values():
        for _, named in named_parts(payload):
            assert set(named["name_localizations"]) == set(LOCALES)


async def test_no_privileged_intent_is_requested(bot):
    assert bot.intents == discord.Intents(guilds=True)
    assert bot.allowed_mentions.to_dict() == {"parse": []}


@pytest.mark.parametrize(
    "custom_id",
    [
        "dream:cancel:0123456789abcdef",
        "dream:deeper:0123456789abcdef:fedcba9876543210",  # pragma: allowlist secret
        "dream:preset:0123456789abcdef:fedcba9876543210",  # pragma: allowlist secret
        "dream:preset:0123456789abcdef",
        "dream:thing:0123456789abcdef",
        "dream:motion:0123456789abcdef",
        "presets:back:0",
        "presets:next:1",
        "presets:compare:creatures",
        "presets:category",
        "presets:use:open",
        "presets:use:private",
        "compare:again:mix:0123456789abcdef",
        "compare:dream:mosaic:0123456789abcdef:open",
        "compare:group:0123456789abcdef",
    ],
)
def test_every_button_is_matched_by_its_custom_id(custom_id):
    assert [kind for kind in BUTTONS if kind.__discord_ui_compiled_template__.fullmatch(custom_id)]


@pytest.mark.parametrize(
    "custom_id",
    [
        "dream:cancel:0123456789ABCDEF", "dream:cancel:0123456789abcde", "dream:cancel:0123456789abcdef0",
        "dream:explode:0123456789abcdef", "dream:cancel:' OR 1=1 --", "dream:cancel:", "presets:on:100",
        "presets:on:-1", "presets:off:1", "compare:group:mix", "compare:dream:x:1:open",
        "presets:use:all:open", "again:1:2", "",
    ],
)  # fmt: skip
def test_other_custom_ids_are_not_matched(custom_id):
    assert not [kind for kind in BUTTONS if kind.__discord_ui_compiled_template__.fullmatch(custom_id)]
