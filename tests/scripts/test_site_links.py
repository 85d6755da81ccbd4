"""Links of the documentation as a website."""

from types import SimpleNamespace

import pytest

from scripts.site_links import on_page_markdown

CONFIG = {"repo_url": "https://example.org/bot"}


def rewritten(markdown: str, page: str = "bot.md") -> str:
    return on_page_markdown(markdown, SimpleNamespace(file=SimpleNamespace(src_uri=page)), CONFIG)


@pytest.mark.parametrize(
    "link",
    [
        "[page](motion.md#formats)",
        "[page](templates/terms-of-service.md)",
        "[here](#formats)",
        "[site](https://discord.com)",
        "[mail](mailto:a@example.org)",
        "![picture](images/things.jpg)",
    ],
)
def test_a_link_within_the_site_stays(link):
    assert rewritten(link) == link


def test_a_link_to_a_file_of_the_repository_leads_to_its_website():
    assert rewritten("see [it](../bot/texts)") == "see [it](https://example.org/bot/blob/main/bot/texts)"
    assert (
        rewritten("[start](../../README.md#start)", "templates/terms-of-service.md")
        == "[start](https://example.org/bot/blob/main/README.md#start)"
    )


def test_a_page_in_a_folder_may_link_to_the_folder_above():
    assert rewritten("[bot](../bot.md)", "templates/terms-of-service.md") == "[bot](../bot.md)"
