import re
from pathlib import Path

from scripts import write_tables

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


def test_the_page_of_settings_matches_the_code():
    assert write_tables.PAGE.read_text() == write_tables.page(), "run make docs"


def test_the_page_of_configuration_and_the_example_match_the_code():
    assert write_tables.CONFIGURATION.read_text() == write_tables.configuration(), "run make docs"
    assert write_tables.EXAMPLE.read_text() == write_tables.example(), "run make docs"


def test_every_file_that_a_page_links_to_exists():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} refers to {target}"


def test_every_make_target_that_a_page_names_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"`(?:\$ )?make ([a-z]+)", page.read_text()))
        assert named <= targets, page.name
