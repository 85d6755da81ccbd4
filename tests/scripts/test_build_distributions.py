import tarfile
import zipfile
from email import message_from_bytes

import pytest

from scripts import build_distributions as built
from scripts.project import ROOT, repository, tag_or_branch, version


@pytest.fixture(scope="module")
def distributions(tmp_path_factory):
    return built.build(tmp_path_factory.mktemp("dist"))


def test_the_wheel_holds_the_packages_with_their_data_and_the_licence(distributions):
    wheel, _ = distributions
    assert built.check_wheel(wheel) == []
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"bot/texts/en.ftl", "bot/migrations/0001_the_store.sql", "dream_engine/py.typed"} <= names
    assert {name.partition("/")[0] for name in names} == {
        "bot",
        "dream_engine",
        f"dream_bot-{version()}.dist-info",
    }


def test_the_sdist_holds_what_the_wheel_is_built_from_and_no_tests(distributions):
    _, sdist = distributions
    assert built.check_sdist(sdist) == []
    with tarfile.open(sdist) as archive:
        parts = {member.name.split("/")[1] for member in archive.getmembers() if "/" in member.name}
    assert "tests" not in parts
    assert {"bot", "dream_engine", "pyproject.toml", "CHANGELOG.md", "LICENSE", "constraints.txt"} <= parts


def test_the_metadata_names_the_version_the_licence_and_the_projects_pages(distributions):
    wheel, _ = distributions
    with zipfile.ZipFile(wheel) as archive:
        metadata = message_from_bytes(archive.read(f"dream_bot-{version()}.dist-info/METADATA"))
    assert (metadata["Version"], metadata["License-Expression"]) == (version(), "MIT")
    pages = dict(entry.split(", ") for entry in metadata.get_all("Project-URL"))
    assert {"Homepage", "Documentation", "Changelog", "Issues", "Source"} == pages.keys()
    assert all(page.startswith(repository()) for page in pages.values())


def test_a_wheel_that_lacks_a_file_or_has_one_too_many_is_refused(distributions, tmp_path):
    wheel, _ = distributions
    spoilt = tmp_path / wheel.name
    with zipfile.ZipFile(wheel) as whole, zipfile.ZipFile(spoilt, "w") as archive:
        for name in whole.namelist():
            if name != "bot/texts/ko.ftl":
                archive.writestr(name, whole.read(name))
        archive.writestr("tests/test_of_somebody.py", "")
    assert built.check_wheel(spoilt) == [
        f"{wheel.name} lacks bot/texts/ko.ftl",
        f"{wheel.name} should not have tests/test_of_somebody.py",
    ]


@pytest.mark.parametrize(
    ("link", "absolute"),
    [
        ("[docs](docs/bot.md#monitoring)", "[docs]({blob}/docs/bot.md#monitoring)"),
        ("![cat](docs/images/cat.jpg)", "![cat]({raw}/docs/images/cat.jpg)"),
        ("[![CI](ci.svg)](actions)", "[![CI]({raw}/ci.svg)]({blob}/actions)"),
        ('<img src="docs/cat.webp" alt="">', '<img src="{raw}/docs/cat.webp" alt="">'),
        ('<a href="LICENSE">', '<a href="{blob}/LICENSE">'),
        ("[Discord](https://discord.com)", "[Discord](https://discord.com)"),
        ("[below](#start)", "[below](#start)"),
        ('<a href="mailto:a@example.org">', '<a href="mailto:a@example.org">'),
    ],
)
def test_links_of_the_readme_lead_to_the_repository_from_a_package_index(link, absolute):
    places = {kind: f"{repository()}/{kind}/{tag_or_branch()}" for kind in ("blob", "raw")}
    assert built.with_absolute_links(link) == absolute.format(**places)


def test_every_file_beside_the_packages_exists():
    assert all((ROOT / name).is_file() for name in built.BESIDE_PACKAGES)
