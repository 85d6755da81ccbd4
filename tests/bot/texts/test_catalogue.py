import re
from importlib import resources
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

import bot
from bot.errors import Refusal
from bot.texts import Catalogue
from bot.texts.catalogue import error_key, relative_time
from dream_engine.errors import (
    DamagedPictureError,
    DreamError,
    GuideError,
    SettingsError,
    TooManyBytesError,
)
from dream_engine.presets import PRESETS

CATALOGUE = Catalogue()
LANGUAGES = CATALOGUE.languages
OTHERS = [language for language in LANGUAGES if language != "en"]
SOURCE = "\n".join(path.read_text() for path in Path(bot.__file__).parent.rglob("*.py"))

UNTOLD = {("ko", "error-not-a-picture"): {"looks_like", "formats"}}
"""What a language leaves out of a sentence: words that the engine has in English only."""

FAMILIES = r"(error|preset|choice|option|command|settings|menu|button)-.*"
"""Keys that are put together where they are used."""


class Variables(Visitor):
    """The variables that a message names."""

    def __init__(self):
        self.names = set()

    def visit_VariableReference(self, node):  # noqa: N802 - the visitor's own way
        self.names.add(node.id.name)


def messages(language):
    """A language's messages by their keys, with the variables of each."""
    parsed = FluentParser().parse((resources.files("bot.texts") / f"{language}.ftl").read_text("utf-8"))
    assert not [entry for entry in parsed.body if isinstance(entry, ast.Junk)]
    found = [entry for entry in parsed.body if isinstance(entry, ast.Message)]
    keys = [entry.id.name for entry in found]
    assert len(keys) == len(set(keys)), "a key stands there twice"
    variables = {}
    for entry in found:
        visitor = Variables()
        visitor.visit(entry)
        variables[entry.id.name] = visitor.names
    return variables


def all_errors():
    def below(kind):
        return [kind, *(deeper for child in kind.__subclasses__() for deeper in below(child))]

    return [kind for kind in below(DreamError) if kind not in (DreamError, Refusal)]


ENGLISH = messages("en")


def test_english_and_korean_are_spoken():
    assert {"en", "ko"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_every_message_and_no_other(language):
    assert set(messages(language)) == set(ENGLISH)


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_tells_the_same_things(language):
    for key, variables in messages(language).items():
        assert variables == ENGLISH[key] - UNTOLD.get((language, key), set()), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_of_its_language(language):
    hangul = re.compile("[가-힣]")
    for key in ENGLISH:
        text = CATALOGUE.texts(language)(key, **dict.fromkeys(ENGLISH[key], 2))
        if key not in {"card-settings", "rules-role", "rules-exempt"}:
            assert bool(hangul.search(text)) == (language == "ko"), key


def test_every_message_that_is_asked_for_exists():
    asked = set(re.findall(r'(?:texts|texts\([^()]*\)|localized|find)\(\s*"([a-z0-9-]+)"', SOURCE))
    asked |= {
        key for pair in re.findall(r'texts\("([a-z-]+)" if .*? else "([a-z-]+)"\)', SOURCE) for key in pair
    }
    assert {"card-title", "queue-none", "rules-on", "rules-off", "card-failed"} <= asked
    assert asked <= set(ENGLISH)


def test_every_message_is_asked_for():
    quoted = set(re.findall(r'"([a-z0-9-]+)"', SOURCE))
    unused = {key for key in ENGLISH if key not in quoted and not re.fullmatch(FAMILIES, key)}
    assert not unused


def test_no_message_of_a_family_is_left_over():
    texts = SOURCE + " ".join(re.findall(r'"([a-z_]+)"', SOURCE)).replace("_", "-")
    errors = {error_key(kind) for kind in all_errors()}
    for key in ENGLISH:
        if key.startswith("error-"):
            assert key in errors or key == "error-ours", key
        elif key.startswith(("preset-", "choice-")):
            assert key.split("-")[1] in PRESETS, key
        elif re.match(r"(option|command|settings|menu|button)-", key):
            assert key.split("-", 1)[1].removesuffix("-description") in texts, key


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_has_a_name_a_description_and_a_choice(preset):
    assert {f"preset-{preset}", f"preset-{preset}-description", f"choice-{preset}"} <= set(ENGLISH)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_presets_are_described_as_in_the_engine(preset):
    assert CATALOGUE.texts("en")(f"preset-{preset.name}-description") == preset.description


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_everything_a_person_can_put_right_has_a_sentence(kind):
    # Nobody but operators sees these; the bot opens no file by a name that somebody gave.
    ours = {"WeightsError", "TensorFlowMissingError", "NoDreamInsideError", "FileError"}
    if not ours & {base.__name__ for base in kind.__mro__}:
        assert error_key(kind) in ENGLISH


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_a_sentence_names_what_the_error_tells(kind):
    told = set(re.findall(r"{(\w+)", getattr(kind, "sentence", "")))
    if told and error_key(kind) in ENGLISH:
        assert ENGLISH[error_key(kind)] <= told


@pytest.mark.parametrize(
    ("locale", "says"),
    [
        ("en-US", "Cancel"),
        ("en-GB", "Cancel"),
        ("ko", "취소"),
        ("de", "Cancel"),
        ("zh-CN", "Cancel"),
        ("", "Cancel"),
    ],
)
def test_a_locale_is_answered_in_its_language_or_in_english(locale, says):
    assert CATALOGUE.texts(locale)("button-cancel") == says


def test_a_language_without_a_message_borrows_the_english_one():
    catalogue = Catalogue({"en": "a = A\nb = B", "ko": "a = 가"})
    assert (catalogue.texts("ko")("a"), catalogue.texts("ko")("b")) == ("가", "B")
    assert catalogue.has("a", "ko")
    assert not catalogue.has("b", "ko")


def test_a_language_may_be_of_one_country():
    catalogue = Catalogue({"en": "a = A", "es": "a = E", "es-419": "a = L"})
    assert [catalogue.texts(locale)("a") for locale in ("es-ES", "es-419", "en-GB")] == ["E", "L", "A"]


def test_a_message_that_is_nowhere_is_a_bug():
    with pytest.raises(KeyError):
        CATALOGUE.texts("ko")("no-such-message")


def test_nothing_that_people_name_can_change_a_text():
    text = CATALOGUE.texts("en")("error-unknown-layer", layer="{ $preset } { -brand }")
    assert "“{ $preset } { -brand }”" in text


@pytest.mark.parametrize(
    ("seconds", "says"), [(1.0, "1 second"), (1, "1 second"), (1.5, "1.5 seconds"), (0.0, "0 seconds")]
)
def test_numbers_have_their_plural(seconds, says):
    assert CATALOGUE.texts("en")("card-dreamed", preset="Mild", seconds=seconds).endswith(f"in {says}")


def test_an_error_is_told_with_its_details():
    texts = CATALOGUE.texts("en")
    assert (
        texts.error(TooManyBytesError(limit=25.0))
        == "That file is larger than 25 MB, the most that I can read."
    )
    assert texts.error(GuideError(problem=DamagedPictureError())).startswith(
        "The guide cannot be used. That picture is damaged"
    )


@pytest.mark.parametrize(
    ("value", "told"),
    [(999_999_999_999_999, "999,999,999,999,999"), (1e15, "1000000000000000.0"), (10**400, str(10**400))]
    + [(float(name), name) for name in ("inf", "-inf", "nan", "1e+25", "-1e+25")],
)
def test_a_number_too_large_to_be_put_in_groups_is_told_all_the_same(value, told):
    error = SettingsError(field="strength", value=value, bound="a number from 0.25 to 4.0")
    assert f" cannot be {told};" in Catalogue().texts("en-US").error(error)


def test_an_error_inside_another_is_told_in_the_same_language():
    text = CATALOGUE.texts("ko").error(GuideError(problem=DamagedPictureError()))
    assert "손상됐거나" in text
    assert "damaged" not in text


def test_an_error_of_a_class_that_is_new_is_told_as_its_parent():
    class BrandNewPictureError(DamagedPictureError):
        pass

    assert "damaged" in CATALOGUE.texts("en").error(BrandNewPictureError())


def test_a_moment_is_one_that_discord_keeps_up_to_date():
    assert relative_time(1_800_000_000.2) == "<t:1800000001:R>"
