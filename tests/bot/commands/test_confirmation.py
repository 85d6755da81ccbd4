"""*Delete* and `/forget-me` ask before they delete anything."""

import pytest

from bot.delivery import cards, result_card
from bot.models import State
from fake_discord.simcord_additions import labels_of, parts_of, text_of
from tests.bot.simulated_server import all_answers, picture

SUCCESS = "Deleted. The dream and everything I'd stored about it are gone."
SUCCESS_COLOUR = 0x3DA58A


async def asked_about(server, member, message):
    """Click *Delete*; returns the question."""
    click = await member.click(message, label="Delete")
    (question,) = [answer for answer in all_answers(click) if "Keep" in labels_of(answer)]
    return question


async def refusal_of(click):
    (refusal,) = [answer for answer in all_answers(click) if answer.ephemeral and not labels_of(answer)]
    return text_of(refusal)


def is_shown(server, message):
    return message.id in [shown.id for shown in server.general.history()]


async def stored(server, member=None):
    return await server.services.store.of_user((member or server.alice).id, *State)


def pictures(server):
    return list((server.settings.data_dir / "pictures").iterdir())


@pytest.fixture(params=["at once", "after a restart"])
async def question(request, server):
    """The question about Alice's dream, perhaps from before a restart."""
    server.dream = await server.complete_dream()
    question = await asked_about(server, server.alice, server.dream)
    if request.param == "after a restart":
        await server.restart()
    return question


class TestDelete:
    async def test_it_asks_privately_and_says_what_is_deleted(self, server):
        dream = await server.complete_dream()
        question = await asked_about(server, server.alice, dream)
        assert question.ephemeral
        assert text_of(question) == (
            "### Delete this dream for everyone?\n"
            "I'll remove the message and delete the dream from my storage, along with its "
            "settings and its original picture, unless another dream still needs that picture. If others "
            "made dreams from it, their buttons stop working too. This can't be undone."
        )
        assert is_shown(server, dream)
        assert len(await stored(server)) == 1

    async def test_after_the_confirmation_everything_is_gone(self, server, question):
        click = await server.alice.click(question, label="Delete")
        assert not is_shown(server, server.dream)
        assert await stored(server) == []
        assert pictures(server) == []
        assert click.response.id == question.id
        assert text_of(click.response) == SUCCESS
        assert labels_of(click.response) == []
        (container,) = [part for part in parts_of(click.response) if "accent_color" in part]
        assert container["accent_color"] == SUCCESS_COLOUR

    async def test_keep_keeps_everything(self, server, question):
        click = await server.alice.click(question, label="Keep")
        assert text_of(click.response) == "OK, I didn't delete anything."
        assert labels_of(click.response) == []
        assert is_shown(server, server.dream)
        assert len(await stored(server)) == 1
        assert len(pictures(server)) == 2

    async def test_a_second_click_is_harmless(self, server, question):
        stored_question = server.env.backend.get_message(server.general.id, question.id)
        components = stored_question.components
        for _ in range(2):
            stored_question.components = components  # as the user's client may still show them
            click = await server.alice.click(question, label="Delete")
            assert text_of(click.response) == SUCCESS
        assert not is_shown(server, server.dream)
        assert await stored(server) == []

    async def test_two_questions_about_one_dream_are_harmless(self, server):
        dream = await server.complete_dream()
        first, second = [await asked_about(server, server.alice, dream) for _ in range(2)]
        for question in (first, second):
            assert text_of((await server.alice.click(question, label="Delete")).response) == SUCCESS
        assert not is_shown(server, dream)

    async def test_another_dream_stays(self, server):
        first, second = await server.complete_dream(), await server.complete_dream()
        await server.delete_dream(server.alice, first)
        assert is_shown(server, second)
        await server.alice.click(second, label="Reroll")
        await server.script.next_dream()

    async def test_a_stranger_is_not_even_asked(self, server):
        dream = await server.complete_dream()
        click = await server.bob.click(dream, label="Delete")
        assert "That dream belongs to someone else." in await refusal_of(click)
        assert is_shown(server, dream)

    async def test_a_moderator_without_the_permission_any_more_is_refused(self, server):
        dream = await server.complete_dream()
        question = await asked_about(server, server.moderator, dream)
        for role in server.env.backend.guilds[server.guild.id].roles.values():
            if role.name == "role of moderator":
                role.permissions = 0
        click = await server.moderator.click(question, label="Delete")
        assert "That dream belongs to someone else." in await refusal_of(click)
        assert is_shown(server, dream)
        assert len(await stored(server)) == 1

    async def test_a_message_that_somebody_else_has_deleted_is_no_problem(self, server, question):
        await server.moderator.delete(server.dream.message)
        click = await server.alice.click(question, label="Delete")
        assert text_of(click.response) == SUCCESS
        assert await stored(server) == []

    async def test_an_answer_after_the_token_has_expired_deletes_the_message_as_the_bot(self, server):
        dream = await server.complete_dream()
        question = await asked_about(server, server.alice, dream)
        await server.env.advance_time(15 * 60)
        assert text_of((await server.alice.click(question, label="Delete")).response) == SUCCESS
        assert not is_shown(server, dream)

    async def test_a_message_that_discord_does_not_let_the_bot_delete_is_admitted(self, server):
        dream = await server.complete_dream()
        question = await asked_about(server, server.alice, dream)
        await server.restart()
        path = f"/channels/{server.general.id}/messages/{dream.id}"
        server.env.inject_error("DELETE", path, status=403, code=50001)
        click = await server.alice.click(question, label="Delete")
        assert "but I couldn't remove its message" in text_of(click.response)
        assert await stored(server) == []
        await server.delete_dream(server.alice, dream)
        assert not is_shown(server, dream)

    async def test_a_full_disk_deletes_nothing_and_says_so(self, server, monkeypatch):
        async def fail(_):
            raise OSError(28, "No space left on device")

        dream = await server.complete_dream()
        question = await asked_about(server, server.alice, dream)
        with monkeypatch.context() as patch:
            patch.setattr(server.services.store, "delete", fail)
            click = await server.alice.click(question, label="Delete")
        assert "I'm out of storage space" in await refusal_of(click)
        assert is_shown(server, dream)
        assert text_of((await server.alice.click(question, label="Delete")).response) == SUCCESS

    async def test_a_private_dream_is_deleted_too(self, server):
        dream = await server.complete_dream(private=True)
        question = await asked_about(server, server.alice, dream)
        assert text_of(question).startswith("### Delete this dream?\n")
        click = await server.alice.click(question, label="Delete")
        assert text_of(click.response) == SUCCESS
        assert ("deleted", dream.id) in [entry[:2] for entry in server.recorder.log]
        assert await stored(server) == []

    @pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
    async def test_a_restarted_bot_deletes_a_private_message_after_one_click(self, server, killed):
        dream = await server.complete_dream(private=True)
        question = await asked_about(server, server.alice, dream)
        await server.restart(killed=killed)
        click = await server.alice.click(question, label="Delete")
        assert text_of(click.response) == SUCCESS
        assert ("deleted", dream.id) in [entry[:2] for entry in server.recorder.log]
        assert await stored(server) == []

    async def test_only_the_click_on_a_private_message_is_stored_and_only_while_it_is_valid(self, server):
        for private in (False, True):
            dream = await server.complete_dream(private=private)
            await asked_about(server, server.alice, dream)
        store = server.services.store
        tokens = [job.reply.token for job in await stored(server)]
        assert [bool(token) for token in tokens] == [False, True]
        for expires_at, kept in ((4e9, tokens), (1.0, ["", ""])):
            change = "UPDATE jobs SET reply = json_set(reply, '$.expires_at', ?)"
            await server.services.database.execute(change, (expires_at,))
            await store.expire(0)
            assert [job.reply.token for job in await stored(server)] == kept

    async def test_a_full_disk_does_not_prevent_the_question(self, server, monkeypatch):
        async def fail(*_):
            raise OSError(28, "No space left on device")

        dream = await server.complete_dream(private=True)
        monkeypatch.setattr(server.services.store, "keep_click", fail)
        question = await asked_about(server, server.alice, dream)
        assert text_of((await server.alice.click(question, label="Delete")).response) == SUCCESS

    async def test_a_private_message_that_a_restarted_bot_cannot_delete_is_admitted(self, server):
        dream = await server.complete_dream(private=True)
        question = await asked_about(server, server.alice, dream)
        await server.services.database.execute("UPDATE jobs SET reply = json_set(reply, '$.token', '')")
        await server.restart()
        click = await server.alice.click(question, label="Delete")
        assert text_of(click.response) == (
            "I deleted everything I'd stored about this dream, but I couldn't remove its message. "
            "Press *Delete* below it once more."
        )
        assert await stored(server) == []
        again = await server.delete_dream(server.alice, dream)
        assert text_of(again.response) == SUCCESS
        assert ("deleted", dream.id) in [entry[:2] for entry in server.recorder.log]

    async def test_a_dream_in_a_direct_message_is_deleted(self, server):
        interaction = await server.alice.user.slash("dream", image=("cat.png", picture()))
        (await server.script.next_dream()).finish()
        dream = await server.answer(interaction)
        click = await server.alice.user.click(dream, label="Delete")
        (question,) = [answer for answer in all_answers(click) if "Keep" in labels_of(answer)]
        assert text_of(question).startswith("### Delete this dream?\n")
        await server.alice.user.click(question, label="Delete")
        assert ("deleted", dream.id) in [entry[:2] for entry in server.recorder.log]

    async def test_buttons_of_earlier_versions_ask_too(self, server, monkeypatch):
        def unmarked(texts, action, job, *style):
            button = marked(texts, action, job, *style)
            button.custom_id = f"dream:{action}:{job.id}"
            return button

        marked = cards.button
        monkeypatch.setattr(result_card, "button", unmarked)
        dream = await server.complete_dream()
        (custom_id,) = [
            part["custom_id"] for part in parts_of(dream) if "delete" in part.get("custom_id", "")
        ]
        assert custom_id == f"dream:delete:{(await server.only_job()).id}"
        assert is_shown(server, dream)
        await server.delete_dream(server.alice, dream)
        assert not is_shown(server, dream)


class TestForgetMe:
    async def test_it_asks_and_says_what_is_deleted(self, server):
        for dreams, words in (
            (0, "I have none of your dreams at the moment, but I'll delete anything that's left."),
            (1, "Your dream and its original picture will be deleted."),
            (2, "Your 2 dreams and their original pictures will be deleted."),
        ):
            interaction = await server.alice.slash(server.general, "forget-me")
            assert interaction.ephemeral
            assert text_of(interaction.response) == (
                f"### Delete everything I've stored about you?\n{words} Dreams in progress will be cancelled,"
                " and the buttons below your dreams will stop working, including on dreams"
                " that others made from yours. Messages I've already posted stay until you delete them. This"
                " can't be undone."
            )
            assert labels_of(interaction.response) == ["Delete everything", "Keep"]
            assert len(await stored(server)) == dreams
            await server.complete_dream()

    async def test_keep_keeps_everything(self, server):
        await server.complete_dream()
        asked = await server.alice.slash(server.general, "forget-me")
        click = await server.alice.click(asked.response, label="Keep")
        assert text_of(click.response) == "OK, I didn't delete anything."
        assert len(await stored(server)) == 1

    async def test_a_question_from_before_a_restart_still_works(self, server):
        await server.complete_dream()
        asked = await server.alice.slash(server.general, "forget-me")
        await server.restart()
        click = await server.confirm(server.alice, asked, label="Delete everything")
        assert text_of(click.response).startswith("Done. I deleted your dreams")
        assert await stored(server) == []
        assert pictures(server) == []

    async def test_it_works_in_a_direct_message(self, server):
        await server.complete_dream()
        asked = await server.alice.user.slash("forget-me")
        click = await server.alice.user.click(asked.response, label="Delete everything")
        assert text_of(click.response).startswith("Done. I deleted your dreams")
        assert await stored(server) == []
