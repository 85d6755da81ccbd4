import re
from pathlib import Path

from bot.operations.retention import Retention
from bot.settings import BotSettings
from scripts import write_tables

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_page_of_settings_matches_the_code():
    assert write_tables.PAGE.read_text() == write_tables.page(), "run make docs"


def test_the_page_of_configuration_and_the_example_match_the_code():
    assert write_tables.CONFIGURATION.read_text() == write_tables.configuration(), "run make docs"
    assert write_tables.EXAMPLE.read_text() == write_tables.example(), "run make docs"


def test_the_options_on_the_page_of_the_command_match_its_help():
    assert write_tables.COMMAND.read_text() == write_tables.command(write_tables.COMMAND.read_text()), (
        "run make docs"
    )


def test_every_link_of_a_page_leads_to_a_file():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
            if "://" not in target and not target.startswith("["):  # a placeholder of a template
                assert (page.parent / target).exists(), f"{page.name} refers to {target}"


def test_the_template_of_a_privacy_policy_names_the_default_time_limits():
    text = (ROOT / "docs" / "templates" / "privacy-policy.md").read_text()
    retention = Retention.of(BotSettings(_env_file=None), None)
    assert f"[{retention.pictures / 3600:g} hours] after the last use" in text
    assert f"[{retention.jobs / 3600:g} hours] after the dream" in text
    assert f"exceed [{retention.megabytes:,.0f} MB]" in text
    assert f"[{retention.allowance / 60:g} minutes] at most with the default limits" in text
    assert retention.bad_pictures == 3600
    assert "you get a dream, or one hour at most" in text
    assert retention.delay == 600
    assert "deleted within ten minutes" in text


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_to_a_section_leads_to_a_heading():
    for page in PAGES:
        for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text()):
            section = page.parent / target if target else page
            assert anchor in anchors(section), f"{page.name} refers to {target}#{anchor}"


def test_every_source_file_that_a_page_names_exists():
    for page in PAGES:
        for name in re.findall(r"`([\w./-]+\.(?:py|yaml|toml|ftl))`", page.read_text()):
            patterns = [name, *(f"{folder}/**/{name}" for folder in ("bot", "dream_engine", "tests"))]
            found = any(any(ROOT.glob(pattern)) for pattern in patterns)
            assert found, f"{page.name} names {name}"


def test_every_make_target_that_a_page_names_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"`(?:\$ )?make ([a-z-]+)", page.read_text()))
        assert named <= targets, page.name
