"""The buttons of a dream in the hands of its owner, other members, moderators and blocked users."""

import pytest

from bot.delivery import cards
from bot.models import State
from fake_discord.simcord_additions import labels_of, parts_of, text_of
from tests.bot.scripted_executor import inverted
from tests.bot.simulated_server import all_answers, picture

NOT_YOURS = "That dream belongs to someone else."
BLOCKED = "The bot's operator has blocked you."
NO_LONGER = "I no longer have that picture"
JOINABLE = ["Deeper", "Reroll", "preset", "thing", "motion"]
SELECTED = {"preset": "webs", "thing": "tiger", "motion": "zoom"}
OWNERS_ONLY = ["Original", "Delete"]


@pytest.fixture(params=["the same process", "after a restart"])
async def dreamed(request, server):
    """Alice's dream of a thing, whose card has every button, perhaps from before a restart of the bot."""
    answer = await server.complete_dream(of="jellyfish")
    if request.param == "after a restart":
        await server.restart()
    return answer


@pytest.fixture
async def answer(server):
    """Alice's dream of a thing, whose card has every button."""
    return await server.complete_dream(of="jellyfish")


async def use(member, message, control):
    """Click a button, or choose something in a select."""
    if control not in SELECTED:
        return await member.click(message, label=control)
    (select,) = [
        part for part in parts_of(message) if part.get("custom_id", "").startswith(f"dream:{control}:")
    ]
    return await member.select(message, [SELECTED[control]], custom_id=select["custom_id"])


async def set_sharing(server, on):
    return await server.manager.slash(server.general, "dream-settings sharing", on=on)


async def jobs_of(server, member):
    return await server.services.store.of_user(member.id, *State)


def check_refused_privately(click, sentence):
    """Check that nobody else saw anything of a click, not even that the bot was thinking."""
    assert click.ephemeral
    (refusal,) = all_answers(click)
    assert refusal.ephemeral
    assert sentence in text_of(refusal)


async def join(server, member, message, control="Reroll", **finished):
    """Make a member's dream out of another's; returns the message with it."""
    click = await use(member, message, control)
    (await server.script.next_dream()).finish(**finished)
    return await server.answer(click)


@pytest.mark.parametrize("control", JOINABLE)
@pytest.mark.parametrize("who", ["bob", "moderator"])
async def test_others_join_in_with_a_dream_of_their_own(server, dreamed, who, control):
    member, shown = getattr(server, who), text_of(dreamed)
    click = await use(member, dreamed, control)
    assert not click.ephemeral
    (job,) = await jobs_of(server, member)
    original = await server.only_job()
    assert job.source == (original.dream if control == "Deeper" else original.source)
    assert (job.user_id, job.reply.message_id) == (member.id, click.response.id)
    assert click.response.id != dreamed.id
    assert original.state is State.DELIVERED
    assert text_of(dreamed) == shown


@pytest.mark.parametrize("control", JOINABLE)
@pytest.mark.parametrize("who", ["bob", "moderator"])
async def test_others_are_refused_at_once_where_joining_in_is_off(server, dreamed, who, control):
    await set_sharing(server, False)
    click = await use(getattr(server, who), dreamed, control)
    check_refused_privately(click, NOT_YOURS)
    assert await jobs_of(server, getattr(server, who)) == []


async def test_joining_in_stays_off_after_a_restart(server, answer):
    await set_sharing(server, False)
    await server.restart()
    check_refused_privately(await use(server.bob, answer, "Reroll"), NOT_YOURS)
    await set_sharing(server, True)
    await join(server, server.bob, answer)


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("control", OWNERS_ONLY)
async def test_the_original_and_deleting_stay_the_owners(server, dreamed, on, control):
    await set_sharing(server, on)
    check_refused_privately(await use(server.bob, dreamed, control), NOT_YOURS)
    assert (await server.only_job()).state is State.DELIVERED


@pytest.mark.parametrize("on", [True, False])
async def test_a_moderator_deletes_and_does_not_see_the_original(server, dreamed, on):
    await set_sharing(server, on)
    check_refused_privately(await use(server.moderator, dreamed, "Original"), NOT_YOURS)
    await server.delete_dream(server.moderator, dreamed)
    assert dreamed.id not in [message.id for message in server.general.history()]
    assert await jobs_of(server, server.alice) == []


@pytest.mark.parametrize("on", [True, False])
async def test_a_dream_in_progress_is_cancelled_by_its_owner_and_moderators_only(server, on):
    await set_sharing(server, on)
    for member in (server.alice, server.moderator):
        interaction, dream = await server.start_dream()
        dream.tell(0.1)
        await server.until_shown(interaction, "10%")
        check_refused_privately(await use(server.bob, interaction.response, "Cancel"), NOT_YOURS)
        await use(member, interaction.response, "Cancel")
        await server.until_shown(interaction, "I stopped this dream.")
        await server.until_idle()


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("control", [*JOINABLE, "Original"])
async def test_the_owner_uses_every_button(server, dreamed, on, control):
    await set_sharing(server, on)
    click = await use(server.alice, dreamed, control)
    if control == "Original":
        await server.until(lambda: click.response.attachments)
    else:
        assert len(await jobs_of(server, server.alice)) == 2
    assert click.ephemeral == (control == "Original")


@pytest.mark.parametrize("control", [*JOINABLE, *OWNERS_ONLY])
@pytest.mark.parametrize("on", [True, False])
async def test_a_blocked_stranger_is_refused_privately(server, dreamed, on, control):
    await set_sharing(server, on)
    await server.services.blocklist.add("user", server.bob.id)
    sentence = BLOCKED if on and control in JOINABLE else NOT_YOURS
    check_refused_privately(await use(server.bob, dreamed, control), sentence)
    assert await jobs_of(server, server.bob) == []


@pytest.mark.parametrize("control", [*JOINABLE, "Original"])
async def test_a_blocked_owner_is_refused_privately(server, answer, control):
    await server.services.blocklist.add("user", server.alice.id)
    await server.restart()
    check_refused_privately(await use(server.alice, answer, control), BLOCKED)


async def test_a_kept_dream_is_shown_to_its_owner_only(server):
    await server.complete_dream()
    job = await server.only_job()
    others = await server.complete_dream(server.bob)
    forge(others, f"dream:fetch:{job.id}")
    click = await server.bob.click(others, custom_id=f"dream:fetch:{job.id}")
    check_refused_privately(click, NOT_YOURS)


async def test_a_blocked_owner_still_cancels(server):
    interaction, dream = await server.start_dream()
    dream.tell(0.1)
    await server.until_shown(interaction, "10%")
    await server.services.blocklist.add("user", server.alice.id)
    await use(server.alice, interaction.response, "Cancel")
    await server.until_shown(interaction, "I stopped this dream.")


async def test_a_blocked_owner_still_deletes(server, dreamed):
    await server.services.blocklist.add("user", server.alice.id)
    await server.delete_dream(server.alice, dreamed)
    assert await jobs_of(server, server.alice) == []


async def test_nobody_of_a_blocked_server_joins_in(server, answer):
    await server.services.blocklist.add("server", server.guild.id)
    click = await use(server.bob, answer, "Reroll")
    check_refused_privately(click, "The bot's operator has blocked this server.")
    await server.services.blocklist.remove("server", server.guild.id)
    await join(server, server.bob, answer)


async def test_a_joiner_pays_from_their_own_allowance(server):
    answer = await server.complete_dream()
    for _ in range(3):
        await join(server, server.bob, answer)
    click = await use(server.bob, answer, "Reroll")
    (refusal,) = [message for message in all_answers(click) if message.ephemeral]
    assert "You've used up your dreams" in text_of(refusal)
    for _ in range(2):
        await join(server, server.alice, answer)


async def test_a_joiner_is_answered_in_their_own_language(server, answer):
    server.locales[server.bob.id] = "ko"
    joined = await join(server, server.bob, answer)
    assert labels_of(joined) == ["더 깊이", "다시 뽑기", "조정하기…", "자세히", "삭제"]
    assert labels_of(answer) == ["Deeper", "Reroll", "Adjust…", "Details", "Original", "Delete"]


async def test_the_joiner_owns_the_new_dream_and_not_the_first_one(server, answer):
    joined = await join(server, server.bob, answer)
    check_refused_privately(await use(server.alice, joined, "Delete"), NOT_YOURS)
    check_refused_privately(await use(server.bob, answer, "Delete"), NOT_YOURS)
    await server.delete_dream(server.bob, joined)
    assert [message.id for message in server.general.history()] == [answer.id]
    assert await jobs_of(server, server.bob) == []
    assert (await server.only_job()).state is State.DELIVERED


async def test_a_joined_dream_can_be_joined_again(server, answer):
    carol = server.add_member("carol")
    joined = await join(server, server.bob, answer, "Deeper")
    click = await use(carol, joined, "Deeper")
    dream = await server.script.next_dream()
    assert dream.request.source == inverted(inverted(picture()))
    dream.finish()
    await server.answer(click)


async def test_a_dream_that_came_by_the_channel_can_be_joined(server):
    _, dream = await server.start_dream()
    await server.env.advance_time(15 * 60)
    dream.finish()
    await server.until_idle()
    message = server.general.last_message
    assert message.interaction_metadata is None
    await join(server, server.bob, message)
    await set_sharing(server, False)
    check_refused_privately(await use(server.bob, message, "Reroll"), NOT_YOURS)


async def test_a_joined_dream_of_a_spoiler_is_a_spoiler(server):
    answer = await server.complete_dream(spoiler=True)
    assert (await join(server, server.bob, answer)).attachments[0].is_spoiler()


async def test_a_joined_dream_of_an_age_restricted_channel_stays_a_spoiler(server):
    restricted = {"id": str(server.general.id), "type": 0, "nsfw": True, "name": "general"}
    server.payload_overrides["channel"] = restricted
    answer = await server.complete_dream()
    server.payload_overrides["channel"] = restricted | {"nsfw": False}
    assert (await join(server, server.bob, answer)).attachments[0].is_spoiler()


async def test_a_private_dream_cannot_be_joined(server):
    await server.complete_dream(private=True)
    job = await server.only_job()
    others = await server.complete_dream(server.bob)
    forge(others, f"dream:again:{job.id}")
    click = await server.bob.click(others, custom_id=f"dream:again:{job.id}")
    assert NOT_YOURS in text_of(*[message for message in all_answers(click) if message.ephemeral])
    assert len(await jobs_of(server, server.bob)) == 1


async def test_a_dream_of_another_channel_cannot_be_joined(server):
    attic = server.guild.create_text_channel("attic")
    await server.complete_dream(channel=attic)
    job = await server.only_job()
    others = await server.complete_dream(server.bob)
    forge(others, f"dream:again:{job.id}")
    click = await server.bob.click(others, custom_id=f"dream:again:{job.id}")
    assert NOT_YOURS in text_of(*[message for message in all_answers(click) if message.ephemeral])


def forge(message, custom_id):
    """Replace the custom id of a message's first button."""
    button = next(part for part in parts_of(message._message) if part.get("type") == 2)
    button["custom_id"] = custom_id


async def test_the_channels_rules_hold_for_joiners(server, answer):
    studio = server.guild.create_text_channel("studio")
    await server.env.settle()
    await server.manager.slash(server.general, "dream-settings channel", channel=studio)
    click = await use(server.bob, answer, "Reroll")
    (refusal,) = [message for message in all_answers(click) if message.ephemeral]
    assert "I can't dream in this channel." in text_of(refusal)


async def test_everybody_in_a_group_chat_may_join_in(server, answer):
    await set_sharing(server, False)
    job = await server.only_job()
    server.payload_overrides |= {
        "guild_id": None,
        "context": 2,
        "channel": {"id": str(server.general.id), "type": 3, "name": "friends", "recipients": []},
        "user": {"id": str(server.bob.id), "username": "bob", "avatar": None, "discriminator": "0"},
        "authorizing_integration_owners": {"1": str(server.bob.id)},
    }
    await use(server.bob, answer, "Reroll")
    await server.script.next_dream()
    (joined,) = await jobs_of(server, server.bob)
    assert (joined.server_id, joined.source) == (None, job.source)


async def test_the_servers_choice_also_holds_for_those_who_installed_the_bot_for_themselves(server, answer):
    await set_sharing(server, False)
    server.payload_overrides["authorizing_integration_owners"] = {"1": str(server.bob.id)}
    check_refused_privately(await use(server.bob, answer, "Reroll"), NOT_YOURS)


@pytest.fixture
def unmarked(monkeypatch):
    """Lets the bot send buttons that do not name an owner, as earlier versions did."""
    monkeypatch.setattr(cards, "custom_id", lambda action, job: f"dream:{action}:{job.id}")


@pytest.mark.usefixtures("unmarked")
@pytest.mark.parametrize("control", [*JOINABLE, *OWNERS_ONLY])
async def test_the_command_shows_the_owner_of_earlier_buttons(server, dreamed, control):
    await set_sharing(server, False)
    check_refused_privately(await use(server.bob, dreamed, control), NOT_YOURS)


@pytest.mark.usefixtures("unmarked")
async def test_earlier_buttons_of_an_unknown_owner_are_answered_privately_where_joining_in_is_off(server):
    interaction, dream = await server.start_dream()
    await server.env.advance_time(15 * 60)
    dream.finish()
    await server.until_idle()
    message = server.general.last_message
    await server.moderator.delete(interaction.response.message)
    await set_sharing(server, False)
    check_refused_privately(await use(server.bob, message, "Reroll"), NOT_YOURS)
    click = await use(server.alice, message, "Reroll")
    (await server.script.next_dream()).finish()
    assert (await server.answer(click)).ephemeral


# What others have made of a picture goes when its owner deletes it.


async def forget(server):
    await server.forget(server.alice)


async def discard(server):
    await server.delete_dream(server.alice, await first_message(server))


async def moderate(server):
    await server.delete_dream(server.moderator, await first_message(server))


async def first_message(server):
    job = (await jobs_of(server, server.alice))[0]
    (message,) = [one for one in server.general.history() if one.id == job.reply.message_id]
    return message


def stored_files(server):
    return {file.name for file in (server.settings.data_dir / "pictures").iterdir()}


async def check_unusable(server, member, message):
    for control in ("Deeper", "Reroll", "preset"):
        click = await use(member, message, control)
        assert NO_LONGER in text_of(*[one for one in all_answers(click) if one.ephemeral])


async def test_a_joiner_never_sees_the_original(server, answer):
    joined = await join(server, server.bob, answer)
    assert "Original" not in labels_of(joined)
    (job,) = await jobs_of(server, server.bob)
    forge(joined, f"dream:original:{job.id}")
    click = await server.bob.click(joined, custom_id=f"dream:original:{job.id}")
    check_refused_privately(click, "That dream was made from someone else's picture")
    rerolled = await join(server, server.bob, joined)
    assert "Original" not in labels_of(rerolled)


@pytest.mark.parametrize("delete", [forget, discard, moderate])
@pytest.mark.parametrize("control", ["Deeper", "Reroll"])
async def test_nothing_made_from_a_deleted_picture_stays_stored(server, answer, control, delete):
    carol = server.add_member("carol")
    joined = await join(server, server.bob, answer, control)
    rejoined = await join(server, carol, joined, control)
    repeated = await join(server, server.bob, joined)
    assert stored_files(server)
    await delete(server)
    assert stored_files(server) == set()
    shown = {message.id for message in server.general.history()}
    assert {joined.id, rejoined.id, repeated.id} <= shown
    await check_unusable(server, server.bob, joined)
    await check_unusable(server, carol, rejoined)
    await check_unusable(server, server.bob, repeated)
    await server.delete_dream(server.bob, joined)
    assert joined.id not in [message.id for message in server.general.history()]


async def test_deleting_an_expired_dream_still_takes_what_others_made_of_it(server, answer):
    joined = await join(server, server.bob, answer, "Deeper")
    job = (await jobs_of(server, server.alice))[0]
    await server.services.database.execute("DELETE FROM jobs WHERE id = ?", (job.id,))
    await server.delete_dream(server.alice, answer)
    assert (await jobs_of(server, server.bob))[0].digests == frozenset()
    await check_unusable(server, server.bob, joined)


async def test_the_same_picture_from_a_joiners_own_device_stays(server, answer):
    await join(server, server.bob, answer)
    own = await server.complete_dream(server.bob)
    await forget(server)
    click = await use(server.bob, own, "Reroll")
    assert (await server.script.next_dream()).request.source == picture()
    assert not click.ephemeral


async def test_a_joiner_who_is_forgotten_takes_nothing_from_the_owner(server, answer):
    await join(server, server.bob, answer)
    await server.forget(server.bob)
    assert await jobs_of(server, server.bob) == []
    await use(server.alice, answer, "Reroll")
    assert (await server.script.next_dream()).request.source == picture()


async def test_a_joiner_who_is_forgotten_takes_what_others_made_of_their_dream(server, answer):
    carol = server.add_member("carol")
    rejoined = await join(server, carol, await join(server, server.bob, answer), "Deeper")
    await server.forget(server.bob)
    await check_unusable(server, carol, rejoined)


@pytest.mark.parametrize("delete", [forget, discard, moderate])
@pytest.mark.parametrize("state", ["waiting", "running"])
async def test_an_unfinished_dream_ends_with_the_picture_and_costs_nothing(server, answer, state, delete):
    blocker = None if state == "running" else (await server.start_dream(server.moderator))[1]
    click = await use(server.bob, answer, "Reroll")
    if state == "running":
        await server.script.next_dream()
    else:
        await server.until_shown(click, "You're next.")
    await delete(server)
    shown = await server.until_shown(click, "I stopped this dream", "was deleted.")
    assert "I stopped this dream because the picture it was made from was deleted." in shown
    assert await jobs_of(server, server.bob) == []
    if blocker:
        blocker.finish()
    await server.until_idle()
    for _ in range(3):
        await server.complete_dream(server.bob)


async def test_a_joiner_who_cancels_or_deletes_their_own_dream_reads_of_no_other_reason(server, answer):
    for end in (
        lambda click: server.bob.click(click.response, label="Cancel"),
        lambda _: server.forget(server.bob),
    ):
        click = await use(server.bob, answer, "Reroll")
        (await server.script.next_dream()).tell(0.5)
        await server.until_shown(click, "50%")
        await end(click)
        assert "was deleted" not in await server.until_shown(click, "I stopped this dream.")


async def test_a_joiner_is_told_the_reason_in_their_language(server, answer):
    server.locales[server.bob.id] = "es-ES"
    click = await use(server.bob, answer, "Reroll")
    await server.script.next_dream()
    await forget(server)
    await server.until_shown(click, "Detuve este sueño porque se eliminó la imagen de la que partía.")


async def test_a_picture_deleted_during_the_admission_is_not_dreamed(server, answer, monkeypatch):
    admit, store = server.services.store.admit, server.services.store

    async def after_deletion(*arguments):
        await server.services.removal.forget(server.alice.id)
        return await admit(*arguments)

    monkeypatch.setattr(store, "admit", after_deletion)
    click = await use(server.bob, answer, "Reroll")
    assert NO_LONGER in text_of(*[one for one in all_answers(click) if one.ephemeral])
    assert await jobs_of(server, server.bob) == []
    assert stored_files(server) == set()
