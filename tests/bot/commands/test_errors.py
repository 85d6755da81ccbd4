"""Failures of the bot, outdated commands and forged clicks."""

import re
from copy import deepcopy

import pytest

from bot.models import State
from dream_engine.errors import WeightsNotFoundError
from dream_engine.executors.base import DreamCrashedError, WorkerLostError
from fake_discord.simcord_additions import labels_of, text_of
from tests.bot.simulated_server import all_answers

SECRET = "/home/operator/secret/weights.h5"


def reference_in(text):
    (reference,) = re.findall(r"send the reference `([0-9a-f]{8})` to the bot's operator", text)
    return reference


@pytest.mark.parametrize(
    "error",
    [
        DreamCrashedError(f"KeyError in {SECRET}"),
        WorkerLostError("SIGKILL"),
        WeightsNotFoundError(path=SECRET),
        OSError(28, "No space", SECRET),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_failed_dream_has_a_reference_that_is_in_the_log(server, caplog, error):
    interaction, dream = await server.start_dream()
    dream.fail(error)
    said = await server.until_shown(
        interaction, "Something went wrong on my side and this dream was lost. It didn't cost you anything."
    )
    (line,) = [record for record in caplog.records if reference_in(said) in record.getMessage()]
    assert line.levelname == "ERROR"
    assert line.exc_info[1] is error
    assert "secret" not in said
    assert "Error" not in said
    assert labels_of(interaction.response) == []
    await server.until_idle()
    assert (await server.only_job()).state is State.FAILED


async def test_the_next_dream_runs_after_a_failure(server):
    _, dream = await server.start_dream(server.bob)
    waiting = await server.submit(server.alice)
    dream.fail(DreamCrashedError("KeyError"))
    (await server.script.next_dream()).finish()
    await server.answer(waiting)


async def test_a_failed_command_has_a_reference_too(server, caplog, monkeypatch):
    async def fail(*_):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(server.services.servers, "rules", fail)
    monkeypatch.setattr(server.services.servers, "change", fail)
    for ask in (server.submit(), server.manager.slash(server.general, "dream-settings show")):
        interaction = await ask
        said = await server.private_text(interaction)
        assert said.startswith("Something went wrong on my side.")
        (line,) = [record for record in caplog.records if reference_in(said) in record.getMessage()]
        assert SECRET in caplog.text
        assert SECRET not in said
        assert line.levelname == "ERROR"


async def test_a_failed_click_does_not_change_the_message(server, monkeypatch):
    answer = await server.complete_dream()

    async def fail(_):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(server.services.store, "get", fail)
    for label in ("Deeper", "Original", "Delete"):
        click = await server.alice.click(answer, label=label)
        (said,) = [text_of(message) for message in all_answers(click) if message.ephemeral]
        assert reference_in(said)
    assert labels_of(answer) == ["Deeper", "Reroll", "Adjust…", "Details", "Original", "Delete"]


async def test_a_store_that_fails_while_a_picture_is_fetched_costs_nothing(server, monkeypatch):
    async def fail(_):
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(server.services.pictures, "put", fail)
        for _ in range(4):
            assert reference_in(
                await server.until_shown(await server.submit(), "Something went wrong on my side")
            )
    await server.complete_dream()


async def test_a_users_mistake_is_not_logged_as_an_error(server, caplog):
    interaction = await server.submit(layer="mixed9")
    await server.private_text(interaction)
    assert not [
        record
        for record in caplog.records
        if record.levelname in {"WARNING", "ERROR"} and record.name != "bot.operations.loop_lag"
    ]


def outdate(server, change):
    """Change the data of every interaction, as if Discord showed an outdated command."""

    def subscriber(event, payload):
        if event == "INTERACTION_CREATE":
            change(payload["data"])

    server.env.backend.subscribers.insert(0, subscriber)


def forget_errors(server):
    """Let simcord forget the errors that discord.py logged."""
    with pytest.raises(ExceptionGroup):
        server.env.raise_errors()
    server.env._errors.clear()


def renamed(data):
    data["name"] = "dream-renamed"


def without_image(data):
    data["options"] = []


@pytest.mark.parametrize("change", [renamed, without_image])
async def test_an_outdated_command_is_refused(server, change):
    outdate(server, change)
    said = await server.private_text(await server.submit())
    assert said.startswith("That command has changed since Discord loaded it.")
    forget_errors(server)


async def test_an_invalid_channel_option_is_refused(server):
    def unknown(data):
        ((_, channel),) = data["resolved"]["channels"].items()
        data["resolved"]["channels"] = {"1": {**channel, "id": "1"}}
        data["options"][0]["options"][0]["value"] = "1"

    outdate(server, unknown)
    interaction = await server.manager.slash(server.general, "dream-settings channel", channel=server.general)
    said = await server.private_text(interaction)
    assert said == "“general” doesn't work for that option. Check the hint next to it."
    forget_errors(server)


async def test_a_number_out_of_bounds_is_refused_with_the_bounds(server):
    def too_small(data):
        data["options"].append({"name": "size", "type": 4, "value": 5})

    outdate(server, too_small)
    said = await server.private_text(await server.submit())
    assert said == "size can't be 5; it has to be a number from 32 to 16,384."


def forge(message, custom_id, kind=2):
    """Add a forged button or select to a message."""
    forged = {"type": kind, "custom_id": custom_id, "label": "Forged", "style": 2}
    if kind == 3:
        forged = {"type": 3, "custom_id": custom_id, "options": [{"label": "x", "value": "x"}]}
    message._message.components = [
        *deepcopy(message._message.components),
        {"type": 1, "components": [forged]},
    ]


@pytest.mark.parametrize(
    "custom_id",
    ["dream:cancel:0000000000000000", "dream:deeper:0000000000000000", "dream:again:0000000000000000",
     "dream:original:0000000000000000", "compare:again:mix:0000000000000000",
     "compare:dream:mild:0000000000000000:private"],
)  # fmt: skip
async def test_a_button_of_an_unknown_job_is_refused(server, custom_id):
    answer = await server.complete_dream()
    forge(answer, custom_id)
    click = await server.alice.click(answer, custom_id=custom_id)
    (said,) = [text_of(message) for message in all_answers(click) if message.ephemeral]
    assert said.startswith(("That dream is already over.", "I no longer have that picture;"))


@pytest.mark.parametrize(
    ("custom_id", "kind"),
    [
        ("dream:explode:0000000000000000", 2),
        ("other:thing", 2),
        ("dream:cancel:xyz", 2),
        ("dream:presets:1", 3),
    ],
)
async def test_an_unknown_custom_id_is_ignored(server, custom_id, kind):
    answer = await server.complete_dream()
    forge(answer, custom_id, kind)
    if kind == 3:
        await server.alice.select(answer, ["x"], custom_id=custom_id)
    else:
        await server.alice.click(answer, custom_id=custom_id)
    await server.complete_dream()


@pytest.mark.parametrize("custom_id", ["dream:preset:{job}", "presets:use:private"])
async def test_an_unknown_preset_is_refused(server, custom_id):
    answer = await server.complete_dream()
    job = await server.only_job()
    answer._message.components = []
    forge(answer, custom_id.format(job=job.id), kind=3)
    click = await server.alice.select(answer, ["x"])
    said = [text_of(message) for message in all_answers(click) if message.ephemeral]
    presets = f"</presets:{server.bot.command_ids['presets']}>"
    assert said == [f"There's no preset called “x” any more. See them all with {presets}."]


async def test_a_page_number_beyond_the_last_shows_the_last_category(server):
    interaction = await server.alice.slash(server.general, "presets")
    forge(interaction.response, "presets:next:99")
    await server.alice.click(interaction.response, custom_id="presets:next:99")
    assert text_of(interaction.response).startswith("## Presets: Art\n")


async def test_unknown_groups_of_presets_show_the_first(server):
    await server.complete_dream()
    interaction = await server.alice.slash(server.general, "presets")
    forge(interaction.response, "presets:compare:nothing")
    click = await server.alice.click(interaction.response, custom_id="presets:compare:nothing")
    assert text_of(click.response).startswith("### Your picture in four presets")
    assert (await server.script.next_dream()).request.preset == "animals"


async def test_a_button_under_another_message_still_belongs_to_its_owner(server):
    await server.complete_dream(server.alice)
    job = await server.only_job(server.alice)
    others = await server.complete_dream(server.bob)
    forge(others, f"dream:original:{job.id}")
    click = await server.bob.click(others, custom_id=f"dream:original:{job.id}")
    (said,) = [text_of(message) for message in all_answers(click) if message.ephemeral]
    assert "That dream belongs to someone else." in said
