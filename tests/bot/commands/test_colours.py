"""The colour of a card tells errors, information and successes apart."""

import pytest

from bot.delivery.cards import DREAMING, ERROR, NEUTRAL, QUESTION, SUCCESS
from dream_engine.executors.base import DreamCrashedError
from fake_discord.simcord_additions import parts_of, text_of
from tests.bot.simulated_server import all_answers, picture


def colour_of(message):
    (container,) = [part for part in parts_of(message) if part["type"] == 17]
    return container["accent_color"]


async def answered(simulated, member, command, **options):
    interaction = await member.slash(simulated.general, command, **options)
    (answer,) = all_answers(interaction)
    return colour_of(answer)


def test_the_colours_differ():
    assert len({colour.value for colour in (DREAMING, ERROR, NEUTRAL, QUESTION, SUCCESS)}) == 5


async def test_settings_that_were_changed_look_like_a_success(server):
    manager = server.manager
    assert await answered(server, manager, "dream-settings switch", on=False) == SUCCESS.value
    assert await answered(server, manager, "dream-settings preset", preset="webs") == SUCCESS.value
    assert await answered(server, manager, "dream-settings limits", dreams=3) == SUCCESS.value


async def test_settings_that_are_only_shown_look_like_information(server):
    assert await answered(server, server.manager, "dream-settings show") == NEUTRAL.value
    assert await answered(server, server.manager, "dream-settings limits") == NEUTRAL.value


async def test_a_refused_setting_looks_like_an_error(server):
    assert await answered(server, server.manager, "dream-settings remove", entry="77") == ERROR.value


async def test_an_operators_commands(server):
    operator, other = (server.add_member(name, administrator=True) for name in ("operator", "other"))
    server.bot.application.owner = operator.user
    assert await answered(server, operator, "dream-admin statistics") == NEUTRAL.value
    assert await answered(server, operator, "dream-admin drain") == SUCCESS.value
    assert await answered(server, operator, "dream-admin resume") == SUCCESS.value
    assert await answered(server, operator, "dream-admin block") == NEUTRAL.value
    assert await answered(server, operator, "dream-admin block", server="77") == SUCCESS.value
    assert await answered(server, operator, "dream-admin unblock", server="77") == SUCCESS.value
    assert await answered(server, operator, "dream-admin unblock", server="nonsense") == ERROR.value
    assert await answered(server, other, "dream-admin statistics") == ERROR.value


async def test_a_queue_looks_like_information(server):
    assert await answered(server, server.alice, "queue") == NEUTRAL.value


async def test_a_deletion_looks_like_a_question_and_then_like_a_success(server):
    asked = await server.alice.slash(server.general, "forget-me")
    (answer,) = all_answers(asked)
    assert colour_of(answer) == QUESTION.value
    await server.confirm(server.alice, asked, label="Delete everything")
    (answer,) = all_answers(asked)
    assert colour_of(answer) == SUCCESS.value


async def test_a_refused_dream_looks_like_an_error(server):
    interaction = await server.submit(of="rifle")
    await server.private_text(interaction)
    (answer,) = all_answers(interaction)
    assert colour_of(answer) == ERROR.value


async def test_the_card_of_a_dream_from_its_turn_to_its_end(server):
    interaction, dream = await server.start_dream()
    dream.tell(0.5)
    await server.until_shown(interaction, "50%")
    assert colour_of(interaction.response) == DREAMING.value
    waiting = await server.submit()
    await server.until_shown(waiting, "In line:")
    assert colour_of(waiting.response) == NEUTRAL.value
    await server.alice.click(waiting.response, label="Cancel")
    await server.until_shown(waiting, "Cancelled:")
    assert colour_of(waiting.response) == NEUTRAL.value
    dream.finish()
    assert colour_of(await server.answer(interaction)) == SUCCESS.value


async def test_a_failed_dream_looks_like_an_error(server):
    interaction, dream = await server.start_dream()
    dream.fail(DreamCrashedError("KeyError"))
    await server.until_shown(interaction, "Didn't work: Intense", "Something went wrong")
    assert colour_of(interaction.response) == ERROR.value


@pytest.mark.settings(shutdown_seconds=0.0)
async def test_a_paused_dream_says_so_in_its_title(server):
    interaction, dream = await server.start_dream()
    dream.tell(0.5)
    await server.until_shown(interaction, "50%")
    await server.stop()
    await server.until_shown(interaction, "Paused: Intense", "I'm restarting.")
    assert colour_of(interaction.response) == NEUTRAL.value


async def test_a_choice_among_pictures_looks_like_information(server):
    files = [(f"{colour}.png", picture(colour=colour)) for colour in ("red", "green")]
    message = await server.bob.send(server.general, "look", attachments=files)
    asked = await server.alice.context_menu(server.general, "Dream this", message)
    await server.until(lambda: asked.response and text_of(asked.response))
    assert colour_of(asked.response) == NEUTRAL.value
