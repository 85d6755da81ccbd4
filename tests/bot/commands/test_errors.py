"""What people are told when something is our fault, or when a click is forged."""

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
    (reference,) = re.findall(r"give the reference `([0-9a-f]{8})` to whoever runs me", text)
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
async def test_a_dream_that_we_failed_has_a_reference_that_is_in_the_log(server, caplog, error):
    asked, dream = await server.begun()
    dream.fail(error)
    said = await server.says(
        asked, "Something went wrong on my side, and this dream is lost. It cost you nothing."
    )
    (line,) = [record for record in caplog.records if reference_in(said) in record.getMessage()]
    assert line.levelname == "ERROR"
    assert line.exc_info[1] is error
    assert "secret" not in said
    assert "Error" not in said
    assert labels_of(asked.response) == []
    await server.quiet()
    assert (await server.only_job()).state is State.FAILED


async def test_after_a_failure_the_next_one_is_served(server):
    _, dream = await server.begun(server.bob)
    waiting = await server.submit(server.alice)
    dream.fail(DreamCrashedError("KeyError"))
    (await server.script.begun()).finish()
    await server.answer(waiting)


async def test_a_command_that_we_failed_has_a_reference_too(server, caplog, monkeypatch):
    async def broken(*_):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(server.services.servers, "rules", broken)
    monkeypatch.setattr(server.services.servers, "change", broken)
    for ask in (server.submit(), server.manager.slash(server.square, "dream-settings show")):
        asked = await ask
        said = await server.whispers(asked)
        assert said.startswith("Something went wrong on my side.")
        (line,) = [record for record in caplog.records if reference_in(said) in record.getMessage()]
        assert SECRET in caplog.text
        assert SECRET not in said
        assert line.levelname == "ERROR"


async def test_a_click_that_we_failed_leaves_the_message_as_it_was(server, monkeypatch):
    answer = await server.dreamed()

    async def broken(_):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(server.services.store, "get", broken)
    for label in ("Deeper", "Original", "Delete"):
        click = await server.alice.click(answer, label=label)
        (said,) = [text_of(message) for message in all_answers(click) if message.ephemeral]
        assert reference_in(said)
    assert labels_of(answer) == ["Deeper", "Again", "Original", "Delete"]


async def test_a_store_that_fails_while_a_picture_is_fetched_costs_nothing(server, monkeypatch):
    async def broken(_):
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(server.services.pictures, "put", broken)
        for _ in range(4):
            assert reference_in(await server.says(await server.submit(), "Something went wrong on my side"))
    await server.dreamed()


async def test_a_persons_mistake_is_no_error_in_the_log(server, caplog):
    asked = await server.submit(size=4096)
    await server.whispers(asked)
    assert not [
        record
        for record in caplog.records
        if record.levelname in {"WARNING", "ERROR"} and record.name != "bot.operations.loop_lag"
    ]


def outdate(server, change):
    """Let what people send be changed on its way, as by a Discord that shows what there is no more."""

    def subscriber(event, payload):
        if event == "INTERACTION_CREATE":
            change(payload["data"])

    server.env.backend.subscribers.insert(0, subscriber)


def forget_errors(server):
    """Let simcord forget what discord.py logged on its way to our answer."""
    with pytest.raises(ExceptionGroup):
        server.env.raise_errors()
    server.env._errors.clear()


def renamed(data):
    data["name"] = "dream-of-before"


def without_image(data):
    data["options"] = []


@pytest.mark.parametrize("change", [renamed, without_image])
async def test_a_command_of_before_an_update_is_refused_kindly(server, change):
    outdate(server, change)
    said = await server.whispers(await server.submit())
    assert said.startswith("That command has changed since Discord loaded it.")
    forget_errors(server)


async def test_an_option_that_discord_should_not_have_let_through_is_refused_kindly(server):
    def unknown(data):
        ((_, channel),) = data["resolved"]["channels"].items()
        data["resolved"]["channels"] = {"1": {**channel, "id": "1"}}
        data["options"][0]["options"][0]["value"] = "1"

    outdate(server, unknown)
    asked = await server.manager.slash(server.square, "dream-settings channel", channel=server.square)
    said = await server.whispers(asked)
    assert said == "That option cannot be “square”. Discord tells beside it what it can be."
    forget_errors(server)


async def test_a_number_that_discord_should_not_have_let_through_is_told_what_it_may_be(server):
    def too_small(data):
        data["options"].append({"name": "size", "type": 4, "value": 5})

    outdate(server, too_small)
    said = await server.whispers(await server.submit())
    assert said == "The option size cannot be 5; it must be a number from 32 to 16384."


def forge(message, custom_id, kind=2):
    """Give a message a button, or a select, that was never in it."""
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
     "dream:original:0000000000000000"],
)  # fmt: skip
async def test_a_button_of_a_job_that_never_was_is_refused_kindly(server, custom_id):
    answer = await server.dreamed()
    forge(answer, custom_id)
    click = await server.alice.click(answer, custom_id=custom_id)
    (said,) = [text_of(message) for message in all_answers(click) if message.ephemeral]
    assert said.startswith(("That dream is over already.", "I no longer have what this needs;"))


@pytest.mark.parametrize(
    ("custom_id", "kind"),
    [
        ("dream:explode:0000000000000000", 2),
        ("other:thing", 2),
        ("dream:cancel:xyz", 2),
        ("dream:presets:1", 3),
    ],
)
async def test_a_foreign_id_is_left_alone_and_the_bot_goes_on(server, custom_id, kind):
    answer = await server.dreamed()
    forge(answer, custom_id, kind)
    if kind == 3:
        await server.alice.select(answer, ["x"], custom_id=custom_id)
    else:
        await server.alice.click(answer, custom_id=custom_id)
    await server.dreamed()


async def test_a_preset_that_never_was_is_refused_kindly(server):
    answer = await server.dreamed()
    job = await server.only_job()
    answer._message.components = []
    forge(answer, f"dream:preset:{job.id}", kind=3)
    click = await server.alice.select(answer, ["x"])
    said = [text_of(message) for message in all_answers(click) if message.ephemeral]
    assert said == ["There is no preset “x” any more. `/presets` shows them all."]


async def test_a_page_that_never_was_is_the_last_one(server):
    asked = await server.alice.slash(server.square, "presets")
    forge(asked.response, "presets:next:99")
    await server.alice.click(asked.response, custom_id="presets:next:99")
    assert "page 2 of 2" in text_of(asked.response)


async def test_somebodys_button_under_anothers_message_still_belongs_to_its_owner(server):
    await server.dreamed(server.alice)
    job = await server.only_job(server.alice)
    others = await server.dreamed(server.bob)
    forge(others, f"dream:original:{job.id}")
    click = await server.bob.click(others, custom_id=f"dream:original:{job.id}")
    (said,) = [text_of(message) for message in all_answers(click) if message.ephemeral]
    assert "That belongs to somebody else." in said
