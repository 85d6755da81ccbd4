"""Comparisons of presets on one's own picture."""

import asyncio

import pytest

from bot.delivery.preset_categories import CATEGORIES, GROUPS, MIX
from bot.jobs import comparison
from bot.models import State
from dream_engine.executors.base import DreamCrashedError
from fake_discord.simcord_additions import labels_of, parts_of, text_of
from tests.bot.simulated_server import all_answers, picture

FOUR = CATEGORIES["dreamlike"]
TRY = "Try these four on my picture"
WAITING = "I'm dreaming four small versions."


@pytest.fixture
async def gallery(server):
    """The gallery of Alice, who has dreamed a picture."""
    await server.complete_dream(content=picture(colour="navy"))
    return (await server.alice.slash(server.general, "presets")).response


async def begin(server, message, member=None):
    """Click the button below the gallery; returns the interaction and the first small dream."""
    interaction = await (member or server.alice).click(message, label=TRY)
    assert WAITING in text_of(interaction.response)
    return interaction, await server.script.next_dream()


async def finished(server, interaction, count=4):
    """Finish the next small dreams; returns the message with the comparison."""
    for _ in range(count):
        (await server.script.next_dream()).finish()
    await server.until(lambda: len(interaction.response.attachments) == len(FOUR))
    return interaction.response


async def complete(server, message, member=None):
    """Compare the presets of a gallery; returns the comparison's message."""
    interaction, dream = await begin(server, message, member)
    dream.finish()
    return await finished(server, interaction, 3)


async def refusal(click):
    """Return the private text that a click got."""
    (message,) = [answer for answer in all_answers(click) if answer.ephemeral]
    assert not message.attachments
    return text_of(message)


async def ended(server, interaction):
    """Wait until a comparison has ended without pictures; returns the sentence."""
    await server.until(lambda: WAITING not in text_of(interaction.response))
    return await refusal(interaction)


def select_of(message, prefix):
    """Return the custom id of a message's select."""
    (found,) = [part for part in parts_of(message) if part.get("custom_id", "").startswith(prefix)]
    return found


async def test_four_presets_are_dreamed_small_from_the_last_picture(server, gallery):
    interaction, first = await begin(server, gallery)
    requests = [first.request]
    first.finish()
    for _ in FOUR[1:]:
        dream = await server.script.next_dream()
        requests.append(dream.request)
        dream.finish()
    shown = await finished(server, interaction, 0)
    assert [request.preset for request in requests] == list(FOUR)
    assert {request.source for request in requests} == {picture(colour="navy")}
    assert all(request.settings.size == comparison.SIZE for request in requests)
    assert all(request.settings.iterations <= 8 for request in requests)
    assert shown.ephemeral
    assert text_of(shown) == "### Your picture in four presets\nPick one to dream it at full size."
    assert labels_of(shown) == ["1 · Mild", "2 · Intense", "3 · Classic", "4 · Camouflage"]
    assert [file.filename for file in shown.attachments] == [f"{name}.webp" for name in FOUR]
    (grid,) = [part for part in parts_of(shown) if part["type"] == 12]
    assert grid["items"][1]["description"] == "2: Your picture in the preset Intense"


async def test_a_comparison_costs_nothing_and_leaves_no_job(server, gallery):
    await complete(server, gallery)
    assert len(await server.services.store.of_user(server.alice.id, *State)) == 1
    for _ in range(2):  # three dreams in a row are allowed
        await server.complete_dream()


async def test_a_button_dreams_the_picture_in_full_with_its_preset(server, gallery):
    shown = await complete(server, gallery)
    interaction = await server.alice.click(shown, label="2 · Intense")
    dream = await server.script.next_dream()
    assert (dream.request.preset, dream.request.source) == ("intense", picture(colour="navy"))
    assert dream.request.settings.size > comparison.SIZE
    dream.finish()
    answer = await server.answer(interaction)
    assert not answer.ephemeral
    assert "**Intense**" in text_of(answer)


async def test_the_buttons_work_after_a_restart(server, gallery):
    shown = await complete(server, gallery)
    await server.restart()
    await server.alice.click(shown, label="3 · Classic")
    assert (await server.script.next_dream()).request.preset == "classic"


async def test_others_are_compared_with_the_select(server, gallery):
    shown = await complete(server, gallery)
    select = select_of(shown, "compare:group:")
    assert [option["value"] for option in select["options"]] == [
        group for group in GROUPS if group != "dreamlike"
    ]
    await server.restart()  # which also forgets when the last comparison was
    interaction = await server.alice.select(shown, [MIX], custom_id=select["custom_id"])
    assert (await finished(server, interaction)).id != shown.id
    assert [file.filename for file in interaction.response.attachments] == [
        f"{name}.webp" for name in GROUPS[MIX]
    ]


async def test_a_dreams_own_select_compares_four_presets_on_its_picture(server):
    first = await server.complete_dream(content=picture(colour="red"))
    await server.complete_dream(content=picture(colour="navy"))
    custom_id = select_of(first, "dream:preset:")["custom_id"]
    interaction = await server.alice.select(first, ["compare"], custom_id=custom_id)
    assert (await finished(server, interaction)).ephemeral
    assert {dream.request.source for dream in server.script.dreams[2:]} == {picture(colour="red")}


async def test_somebody_who_joins_in_compares_and_dreams_on_their_own_account(server):
    shown = await server.complete_dream()
    custom_id = select_of(shown, "dream:preset:")["custom_id"]
    interaction = await server.bob.select(shown, ["compare"], custom_id=custom_id)
    compared = await finished(server, interaction)
    assert compared.ephemeral
    dreaming = await server.bob.click(compared, label="3 · Mosaic")
    assert not dreaming.ephemeral
    (await server.script.next_dream()).finish()
    await server.answer(dreaming)
    job, lent = await server.only_job(server.bob), await server.only_job(server.alice)
    assert [(lender.job_id, lender.user_id) for lender in job.lenders] == [(lent.id, server.alice.id)]


async def test_a_picture_that_its_owner_deletes_meanwhile_is_not_shown_to_others(server):
    shown = await server.complete_dream()
    joined = await server.bob.click(shown, label="Reroll")
    (await server.script.next_dream()).finish()
    await server.answer(joined)
    interaction, small = await begin(
        server, (await server.bob.slash(server.general, "presets")).response, server.bob
    )
    await server.delete_dream(server.alice, shown)
    small.finish()
    for _ in FOUR[1:]:
        (await server.script.next_dream()).finish()
    assert (await ended(server, interaction)).startswith("I no longer have that picture")


async def test_a_stranger_cannot_compare_where_dreams_are_not_shared(server):
    await server.manager.slash(server.general, "dream-settings sharing", on=False)
    shown = await server.complete_dream()
    custom_id = select_of(shown, "dream:preset:")["custom_id"]
    click = await server.bob.select(shown, ["compare"], custom_id=custom_id)
    assert (await refusal(click)).startswith("That dream belongs to someone else.")


async def test_without_a_picture_the_user_learns_how_to_get_one(server):
    shown = (await server.alice.slash(server.general, "presets")).response
    click = await server.alice.click(shown, label=TRY)
    assert (await refusal(click)).startswith("I don't have a picture of yours to dream on.")


async def test_a_second_comparison_within_a_minute_is_refused(server, gallery):
    await complete(server, gallery)
    click = await server.alice.click(gallery, label=TRY)
    assert (await refusal(click)).startswith("You can compare presets once a minute.")
    assert server.script.is_idle


async def test_after_a_minute_presets_can_be_compared_again(server, gallery):
    await complete(server, gallery)
    await server.env.advance_time(61)
    assert labels_of(await complete(server, gallery))[0] == "1 · Mild"


async def test_a_comparison_that_is_being_dreamed_is_not_begun_again(server, gallery):
    interaction, dream = await begin(server, gallery)
    again = await server.alice.click(interaction.response, label="Try again")
    assert (await refusal(again)).startswith("I'm still working on your last comparison.")
    dream.finish()
    await finished(server, interaction, 3)


@pytest.mark.parametrize("forbid", ["drain", "block", "channel", "switch"])
async def test_the_rules_for_dreams_apply(server, gallery, forbid):
    if forbid == "drain":
        server.services.submissions.drain()
    elif forbid == "block":
        await server.services.blocklist.add("user", server.alice.id)
    elif forbid == "channel":
        other = server.guild.create_text_channel("other")
        await server.manager.slash(server.general, "dream-settings channel", channel=other, allowed=True)
    else:
        await server.manager.slash(server.general, "dream-settings switch", on=False)
    told = await refusal(await server.alice.click(gallery, label=TRY))
    assert any(
        words in told for words in ("for maintenance", "has blocked you", "in this channel", "turned off")
    )
    assert server.script.is_idle


async def test_a_job_goes_first(server, gallery):
    dreaming, job = await server.start_dream(server.bob)
    interaction = await server.alice.click(gallery, label=TRY)
    assert server.script.is_idle
    job.finish()
    await server.answer(dreaming)
    assert labels_of(await finished(server, interaction))


async def test_a_job_that_arrives_waits_for_one_small_dream_at_most(server, gallery):
    interaction, small = await begin(server, gallery)
    dreaming, job = await server.start_dream(server.bob)  # waits in the executor for the small dream
    small.finish()
    await asyncio.wait_for(small.closed.wait(), 5)
    assert server.script.is_idle
    job.finish()
    await server.answer(dreaming)
    assert labels_of(await finished(server, interaction, 3))


async def test_the_comparisons_of_several_people_follow_one_another(server, gallery):
    await server.complete_dream(server.bob)
    interaction, small = await begin(server, gallery)
    other = await server.bob.click((await server.bob.slash(server.general, "presets")).response, label=TRY)
    assert server.script.is_idle
    small.finish()
    await finished(server, interaction, 3)
    await finished(server, other)


async def test_a_comparison_without_spare_capacity_is_given_up(server, gallery, monkeypatch):
    monkeypatch.setattr(comparison, "_MAX_SECONDS", 0.05)
    _, job = await server.start_dream(server.bob)
    click = await server.alice.click(gallery, label=TRY)
    assert (await ended(server, click)).startswith("I'm busy with dreams right now.")
    job.finish()
    await server.until_idle()
    monkeypatch.undo()
    await complete(server, gallery)  # it did not count


async def test_a_comparison_that_fails_says_so_and_does_not_count(server, gallery):
    interaction, dream = await begin(server, gallery)
    dream.fail(DreamCrashedError("a bug"))
    assert (await ended(server, interaction)).startswith("Something went wrong on my side.")
    await complete(server, gallery)


async def test_a_stopping_bot_gives_comparisons_up(server, gallery):
    interaction, dream = await begin(server, gallery)
    await server.stop()
    assert text_of(interaction.response).startswith("I'm restarting")
    assert dream.closed.is_set()


async def test_a_killed_bot_leaves_a_button_that_repeats_the_comparison(server, gallery):
    interaction, _ = await begin(server, gallery)
    await server.restart(killed=True)
    assert WAITING in text_of(interaction.response)
    again = await server.alice.click(interaction.response, label="Try again")
    assert labels_of(await finished(server, again))[0] == "1 · Mild"


async def test_a_comparison_of_a_spoiler_is_one(server):
    await server.complete_dream(spoiler=True)
    gallery = (await server.alice.slash(server.general, "presets")).response
    shown = await complete(server, gallery)
    assert all(file.filename.startswith("SPOILER_") for file in shown.attachments)


async def test_a_private_picture_is_dreamed_in_full_privately(server):
    await server.complete_dream(private=True)
    gallery = (await server.alice.slash(server.general, "presets")).response
    shown = await complete(server, gallery)
    interaction = await server.alice.click(shown, label="1 · Mild")
    assert interaction.ephemeral


async def test_a_picture_that_was_deleted_meanwhile_is_not_dreamed(server, gallery):
    shown = await complete(server, gallery)
    await server.forget(server.alice)
    click = await server.alice.click(shown, label="1 · Mild")
    assert "I no longer have that picture" in await refusal(click)


@pytest.mark.parametrize("how", ["forget", "delete"])
async def test_a_comparison_ends_when_its_picture_is_deleted(server, how):
    dreamed = await server.complete_dream()
    interaction, small = await begin(server, (await server.alice.slash(server.general, "presets")).response)
    if how == "forget":
        await server.forget(server.alice)
    else:
        await server.delete_dream(server.alice, dreamed)
    assert (await ended(server, interaction)).startswith("I no longer have that picture")
    await asyncio.wait_for(small.closed.wait(), 5)


async def test_a_comparison_in_an_age_restricted_channel_is_a_spoiler(server):
    await server.complete_dream()
    gallery = (await server.alice.slash(server.general, "presets")).response
    channel = {"id": str(server.general.id), "type": 0, "name": "general", "position": 1, "nsfw": True}
    server.payload_overrides["channel"] = channel | {"guild_id": str(server.guild.id)}
    shown = await complete(server, gallery)
    assert all(file.filename.startswith("SPOILER_") for file in shown.attachments)


async def test_a_comparison_is_measured(server, gallery):
    await complete(server, gallery)
    assert "dream_comparison_seconds_count 1.0" in server.bot.metrics.page().decode()
