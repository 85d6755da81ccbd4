"""Writes docs/settings.md, docs/configuration.md, .env.example and the options in docs/command.md.

Run as ``python -m scripts.write_tables``, or ``make docs``. A test compares the files with the code.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from unittest.mock import patch

from pydantic.fields import FieldInfo

from bot.settings import BotSettings, variable
from dream_engine import backbones
from dream_engine.bounds import bounds
from dream_engine.cli.options import build_parser
from dream_engine.presets import PRESETS
from dream_engine.settings import DreamSettings

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "settings.md"
CONFIGURATION = ROOT / "docs" / "configuration.md"
EXAMPLE = ROOT / ".env.example"
COMMAND = ROOT / "docs" / "command.md"

_HELP_START, _HELP_END = "<!-- help -->", "<!-- end -->"

HEAD = """\
# Settings, presets and backbones

`make docs` writes this page from the code.
"""

SPECIAL_OPTIONS = """\
On the command line, `octave_scale` is `--octave-scale`, `layers` is `--layer NAME=WEIGHT`, and `classes` is
`--of THING=WEIGHT`.
"""

CONFIGURATION_HEAD = """\
# Configuration of the bot

`make docs` writes this page from the code.

```console
$ cp .env.example .env       # then write the token behind DISCORD_TOKEN=
$ python -m bot --check      # tries every step of the start, and prints the link that invites the bot
```

The bot reads settings from the environment, and from one file, whose values the environment overrides:

| `DREAM_ENV_FILE` | settings file |
| --- | --- |
| not set | `.env` in the root of a checkout, if it exists |
| set to a path | the file at that path |
| set, but empty | none |

[.env.example](../.env.example) is a file to start from. The working directory does not matter. The bot
refuses a file in the data directory, because a broken worker could write there. For the container, Compose
reads `.env` beside `compose.yaml` into the environment, and the bot reads no file.

Names of presets, backbones, log levels and formats can be written in capitals or small letters.

## When something is wrong

The bot prints one line for each problem, and exits:

| exit status | reason |
| --- | --- |
| 78 | settings are invalid, misspelt or missing; each line names one, its value and its valid values |
| 69 | Discord refuses the token or cannot be reached, the data directory is in use, or no worker can start |
| 70 | the start failed for another reason |

No line repeats a token, or the password in an address.

A variable that begins with `DREAM_` or `DISCORD_` and resembles a setting, such as `DREAM_BRUST`, stops the
bot:

```console
$ DREAM_BRUST=5 python -m bot
DREAM_BRUST in the environment is not a setting: did you mean DREAM_BURST?
```

It is an error rather than a warning, because the limit that was meant would silently not apply. A variable
that begins with `DREAM_` but resembles no setting may belong to another program; the bot ignores it with a
warning. Variables that begin with `DISCORD_` are compared only with settings of that prefix that are not
set, because other programs have such variables as well. What Kubernetes sets for services is ignored.

Three variables belong to the project, but are not settings of the bot: `DREAM_ENV_FILE`, `DREAM_IMAGE` of
`compose.yaml`, and `DREAM_DEBUG` of the `dream` command. `DREAM_WEIGHTS_VGG16` and its like, for weights of
one backbone, are in [settings.md](settings.md#backbones).

## The check

`--check` tries the steps of a start one after the other, even after one that fails:

| step | what it tries |
| --- | --- |
| configuration | reads the settings and the list of restricted things; a wrong setting ends the check here |
| data directory | creates it if it is missing, locks it, and opens the database; a bot may be using it |
| backbone, workers | starts the workers, which load the weights (and may download them) and dream once |
| Discord | logs in over the REST API, within 30 seconds; opens no gateway, registers no commands |
| invitation | prints the link that adds the bot to a server, even if Discord cannot be reached |

Its exit status is 0 only if every step succeeded, and otherwise that of the first step that failed, from
the table above. Without a token, it tries the other steps and ends with 78.

The link has the scopes `bot` and `applications.commands` and the permissions *View Channels*, *Send
Messages*, *Attach Files* and *Read Message History*. At each start, the bot logs it after the login.

A server's managers set channels, limits and roles of their server in Discord, with `/dream-settings`.

## Variables
"""

EXAMPLE_HEAD = """\
# The bot's configuration. Copy this file to .env and fill in the token; every other setting is optional.
# The lines that are commented out show the defaults.
"""


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Format a table in Markdown."""
    lines = [head, ["---"] * len(list(head)), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def default_of(field: FieldInfo) -> str:
    """Format a default for the page of settings."""
    if isinstance(field.default, bool):
        return "yes" if field.default else "no"
    return "none" if field.default in (None, ()) else str(field.default)


def value_of(field: FieldInfo) -> str:
    """Format a default for the environment."""
    if field.default is None:
        return ""
    return ",".join(field.default) if isinstance(field.default, tuple) else f"{field.default}"


def configuration() -> str:
    """Build the page of the operator's variables."""
    rows = (
        (
            f"`{variable(name)}`",
            field.description or "",
            bounds(field),
            f"`{value_of(field)}`" if value_of(field) else "none",
        )
        for name, field in BotSettings.model_fields.items()
    )
    return CONFIGURATION_HEAD + "\n" + table(("variable", "meaning", "values", "default"), rows)


def example() -> str:
    """Build an example of a ``.env`` with all defaults."""
    lines = [EXAMPLE_HEAD]
    for name, field in BotSettings.model_fields.items():
        lines += [f"# {field.description}", f"#   {bounds(field)}"]
        lines += [f"{'' if name == 'discord_token' else '#'}{variable(name)}={value_of(field)}", ""]
    return "\n".join(lines)


def command(text: str) -> str:
    """Put the command's help into its page, for 80 columns.

    Args:
        text: The page so far.
    """
    with patch.dict(os.environ, COLUMNS="80"):
        help_text = build_parser().format_help()
    start, rest = text.split(_HELP_START)
    end = rest.partition(_HELP_END)[2]
    return f"{start}{_HELP_START}\n```text\n{help_text}```\n{_HELP_END}{end}"


def page() -> str:
    """Build the page of settings, presets and backbones."""
    settings = (
        (f"`{name}`", field.description or "", bounds(field), f"`{default_of(field)}`")
        for name, field in DreamSettings.model_fields.items()
    )
    presets = ((f"`{preset.name}`", preset.description) for preset in PRESETS.values())
    known = backbones.all_backbones().values()
    names = (
        (
            f"`{backbone.name}`",
            backbone.description,
            backbone.input_range,
            f"{backbone.minimum_side}",
            f"`{backbone.weights_variable}`",
        )
        for backbone in known
    )
    layers = (
        (f"`{backbone.name}`", ", ".join(f"`{layer.name}` {layer.channels}" for layer in backbone.layers))
        for backbone in known
    )
    return "\n".join(
        (
            HEAD,
            "## Settings\n",
            SPECIAL_OPTIONS,
            table(("setting", "meaning", "values", "default"), settings),
            "## Presets\n",
            table(("preset", "effect on a picture"), presets),
            "## Backbones\n",
            table(
                (
                    "backbone",
                    "description",
                    "input range",
                    "minimum side, pixels",
                    "variable for a weights file",
                ),
                names,
            ),
            "## Layers and their channels\n",
            table(("backbone", "layers and their numbers of channels, shallowest first"), layers),
        )
    )


if __name__ == "__main__":
    PAGE.write_text(page())
    CONFIGURATION.write_text(configuration())
    EXAMPLE.write_text(example())
    COMMAND.write_text(command(COMMAND.read_text()))
