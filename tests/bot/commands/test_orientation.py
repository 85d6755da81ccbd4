"""`/help` and `/privacy`."""

import re

import pytest

from bot.commands.orientation import describe_privacy
from bot.delivery.message_limits import length
from bot.delivery.orientation_cards import Links, describe_duration, help_page, privacy_page
from bot.models import State
from bot.operations.retention import Retention
from bot.settings import BotSettings
from bot.storage import rate_buckets
from bot.texts import packaged_catalogue
from fake_discord.simcord_additions import parts_of, text_of

LANGUAGES = packaged_catalogue().languages
SUPPORT, POLICY = "https://discord.gg/help", "https://example.com/privacy"
BUTTON = 2


async def page(server, command, member=None, channel=None):
    interaction = await (member or server.alice).slash(channel or server.general, command)
    assert interaction.ephemeral
    return interaction.response


def addresses(message):
    """The addresses that a message's buttons open, by label."""
    buttons = [part for part in parts_of(message) if part.get("type") == BUTTON]
    return {button["label"]: button["url"] for button in buttons}


class TestHelp:
    async def test_it_names_the_ways_to_start_and_the_buttons(self, server):
        text = text_of(await page(server, "help"))
        ids = server.bot.command_ids
        for command in ("dream", "presets", "queue", "privacy"):
            assert f"</{command}:{ids[command]}>" in text
        for name in ("Dream this", "Dream avatar", "Deeper", "Reroll", "Adjust…", "Original", "Delete"):
            assert f"*{name}*" in text
        assert "`of` in" in text
        assert "`motion` in" in text

    @pytest.mark.parametrize(("who", "shown"), [("manager", True), ("alice", False), ("moderator", False)])
    async def test_only_managers_are_told_about_the_settings_of_the_server(self, server, who, shown):
        text = text_of(await page(server, "help", getattr(server, who)))
        mention = f"</dream-settings show:{server.bot.command_ids['dream-settings']}>"
        assert (mention in text) == shown

    async def test_a_manager_who_has_installed_the_bot_alone_is_not_told_about_settings(self, server):
        server.payload_overrides["authorizing_integration_owners"] = {"1": str(server.manager.id)}
        assert "dream-settings" not in text_of(await page(server, "help", server.manager))

    async def test_it_works_in_a_direct_message(self, server):
        assert "### How to dream with me" in text_of((await server.alice.user.slash("help")).response)

    @pytest.mark.settings(backbone="vgg16")
    async def test_things_are_left_out_if_the_network_knows_none(self, server):
        text = text_of(await page(server, "help"))
        assert "jellyfish" not in text
        assert "`motion` in" in text

    async def test_it_is_korean_for_a_korean_reader(self, server):
        server.locales[server.alice.id] = "ko"
        text = text_of(await page(server, "help"))
        assert "### 함께 꿈꾸는 방법" in text
        assert "*이 사진으로 꿈꾸기*" in text
        assert "`움직임`" in text

    async def test_without_the_operators_pages_there_is_no_link(self, server):
        for command in ("help", "privacy"):
            message = await page(server, command)
            assert addresses(message) == {}
            assert "https://" not in text_of(message)

    @pytest.mark.settings(support_url=SUPPORT, privacy_url=POLICY)
    async def test_the_operators_pages_are_linked(self, server):
        for command in ("help", "privacy"):
            assert addresses(await page(server, command)) == {"Privacy policy": POLICY, "Support": SUPPORT}
        assert f"My operator's [privacy policy]({POLICY}) has more." in text_of(await page(server, "privacy"))

    @pytest.mark.settings(support_url=SUPPORT)
    async def test_a_failed_dream_links_to_the_support_page(self, server):
        interaction, dream = await server.start_dream()
        dream.fail(KeyError("a bug"))
        text = await server.until_shown(interaction, "Something went wrong")
        assert re.search(rf"send the reference `[0-9a-f]{{8}}` to \[support\]\({SUPPORT}\)\.", text)

    @pytest.mark.settings(support_url=SUPPORT)
    async def test_a_failed_command_links_to_the_support_page(self, server, monkeypatch):
        async def fail(_):
            raise KeyError

        monkeypatch.setattr(server.services.balances, "of", fail)
        text = text_of(await page(server, "privacy"))
        assert re.search(rf"send the reference `[0-9a-f]{{8}}` to \[support\]\({SUPPORT}\)\.", text)


class TestPrivacy:
    async def test_the_figures_are_those_of_the_defaults(self, server):
        text = text_of(await page(server, "privacy"))
        assert "for 3 days after they were last used" in text
        assert "fill 1,000 MB" in text
        assert "For 3 days after the dream" in text
        assert "at most 5 minutes with your limits here" in text
        assert "for 1 hour at most" in text
        assert "Anything that's due for deletion is gone within 10 minutes" in text
        assert f"</forget-me:{server.bot.command_ids['forget-me']}>" in text

    @pytest.mark.settings(keep_hours=36.0, keep_megabytes=250.0, dreams=1, minutes=60, burst=4)
    async def test_the_figures_follow_the_operators_settings(self, server):
        text = text_of(await page(server, "privacy"))
        assert "for 36 hours after they were last used" in text
        assert "fill 250 MB" in text
        assert "at most 4 hours with your limits here" in text

    async def test_the_allowance_follows_the_rules_of_the_server(self, server):
        await server.manager.slash(server.general, "dream-settings limits", dreams=1, minutes=30)
        assert "at most 90 minutes with your limits here" in text_of(await page(server, "privacy"))
        in_private = text_of((await server.alice.user.slash("privacy")).response)
        assert "at most 5 minutes with your limits here" in in_private

    @pytest.mark.settings(log_level="DEBUG")
    async def test_a_log_of_everything_is_admitted(self, server):
        text = text_of(await page(server, "privacy"))
        assert "record everything that Discord sends me" in text
        assert "without your pictures" not in text

    @pytest.mark.settings(keep_hours=1.0)
    async def test_pictures_and_records_are_gone_after_the_time_that_it_names(self, server):
        await server.complete_dream()
        services, text = server.services, text_of(await page(server, "privacy"))
        assert "for 1 hour after they were last used" in text
        keep_seconds = services.settings.keep_hours * 3600

        async def clean_up():
            with server.env.time_context():
                await services.pictures.expire(keep_seconds, services.settings.keep_megabytes * 1e6)
            await services.store.expire(server.env.now().timestamp() - keep_seconds)

        await server.env.advance_time(3500)
        await clean_up()
        assert len(await services.store.of_user(server.alice.id, *State)) == 1
        await server.env.advance_time(200)
        await clean_up()
        assert await services.store.of_user(server.alice.id, *State) == []
        assert list((server.settings.data_dir / "pictures").iterdir()) == []
        assert await services.database.rows("SELECT * FROM buckets") == ()

    async def test_the_count_of_unreadable_pictures_is_gone_after_an_hour_at_most(self, server):
        services, now = server.services, server.env.now().timestamp()
        retention = Retention.of(services.settings, None)
        for _ in range(20):
            async with services.database.transaction() as connection:
                await rate_buckets.count_bad_picture(connection, server.alice.id, now)
        (row,) = await services.database.rows("SELECT full_at FROM buckets")
        assert row["full_at"] - now <= retention.bad_pictures == 3600


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("seconds", "english"),
    [(3 * 86400, "3 days"), (86400, "1 day"), (36 * 3600, "36 hours"), (3600, "1 hour"), (60, "1 minute"),
     (5400, "90 minutes"), (61, "2 minutes"), (0.5, "1 minute"), (87600 * 3600, "3,650 days")],
)  # fmt: skip
def test_a_duration_is_named_in_its_largest_whole_unit(language, seconds, english):
    shown = describe_duration(packaged_catalogue().texts(language), seconds)
    assert shown == english if language == "en" else re.match(r"[\d.,]+", shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_fits_into_a_message(language):
    texts, links = packaged_catalogue().texts(language), Links("https://a.example/" + "x" * 494, POLICY)
    settings = BotSettings(_env_file=None, log_level="DEBUG", keep_hours=87600.0, keep_megabytes=1e7)
    pages = [
        help_page(texts, links, is_manager=True, has_things=True),
        privacy_page(texts, links, describe_privacy(texts, Retention.of(settings, None))),
    ]
    for card in pages:
        texts_on_it = [part.content for part in card.view.walk_children() if hasattr(part, "content")]
        assert sum(map(length, texts_on_it)) < 4000
        assert card.view.total_children_count <= 40
