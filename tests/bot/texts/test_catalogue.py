"""The catalogues are complete, and texts are formatted in the right language."""

import ast as python_ast
import re
from importlib import resources
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

import bot
from bot.delivery import adjust_form
from bot.delivery.preset_categories import GROUPS
from bot.errors import Refusal
from bot.options import MOTIONS, file_formats
from bot.texts import Catalogue, packaged_catalogue
from bot.texts.catalogue import error_key, relative_time
from dream_engine.errors import (
    DamagedPictureError,
    DreamError,
    GuideError,
    MaskAspectError,
    MaskError,
    NotAPictureError,
    SettingsError,
    TooManyBytesError,
)
from dream_engine.presets import PRESETS

CATALOGUE = packaged_catalogue()
LANGUAGES = CATALOGUE.languages
OTHERS = [language for language in LANGUAGES if language != "en"]
SOURCE = "\n".join(path.read_text() for path in Path(bot.__file__).parent.rglob("*.py"))

OMITTED = {(language, "error-not-a-picture"): {"looks_like"} for language in OTHERS}
"""The variables that a language omits, because the engine has their values in English only."""

FAMILIES = (
    r"(error|preset|category|choice|option|command|settings|menu|button|motion|format)-.*"
    r"|adjust-(strength-.*|.*-description)"
)
"""Keys that the code puts together."""


class Variables(Visitor):
    """Collects the variables of a message."""

    def __init__(self):
        self.names = set()

    def visit_VariableReference(self, node):  # noqa: N802 - the visitor's naming
        self.names.add(node.id.name)


def messages(language):
    """Return the variables of each message of a language by its key."""
    parsed = FluentParser().parse((resources.files("bot.texts") / f"{language}.ftl").read_text("utf-8"))
    assert not [entry for entry in parsed.body if isinstance(entry, ast.Junk)]
    found = [entry for entry in parsed.body if isinstance(entry, ast.Message)]
    keys = [entry.id.name for entry in found]
    assert len(keys) == len(set(keys)), "a key is defined twice"
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


def test_english_korean_and_spanish_are_available():
    assert {"en", "ko", "es"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_messages(language):
    assert set(messages(language)) == set(ENGLISH)


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_uses_the_same_variables(language):
    for key, variables in messages(language).items():
        assert variables == ENGLISH[key] - OMITTED.get((language, key), set()), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_in_its_language(language):
    hangul = re.compile("[가-힣]")
    for key in ENGLISH:
        text = CATALOGUE.texts(language)(key, **dict.fromkeys(ENGLISH[key], 2))
        if key not in {"rules-role", "rules-exempt"}:
            assert bool(hangul.search(text)) == (language == "ko"), key


def test_every_message_that_the_code_uses_exists():
    used = set(re.findall(r'(?:texts|texts\([^()]*\)|localized|find)\(\s*"([a-z0-9-]+)"', SOURCE))
    used |= {
        key for pair in re.findall(r'texts\("([a-z-]+)" if .*? else "([a-z-]+)"\)', SOURCE) for key in pair
    }
    assert {"card-title-of", "details-seed", "queue-none", "rules-on", "rules-off", "card-failed"} <= used
    assert used <= set(ENGLISH)


def test_the_code_uses_every_message():
    quoted = set(re.findall(r'"([a-z0-9-]+)"', SOURCE))
    unused = {key for key in ENGLISH if key not in quoted and not re.fullmatch(FAMILIES, key)}
    assert not unused


def test_no_message_of_a_family_is_unused():
    texts = SOURCE + " ".join(re.findall(r'"([a-z_]+)"', SOURCE)).replace("_", "-")
    errors = {error_key(kind) for kind in all_errors()}
    for key in ENGLISH:
        if key.startswith("error-"):
            assert key in errors or key == "error-ours", key
        elif key.startswith(("preset-", "choice-")):
            assert key.split("-")[1] in PRESETS, key
        elif key.startswith("category-"):
            assert key.split("-")[1] in GROUPS, key
        elif key.startswith("motion-"):
            assert key.split("-")[1] in MOTIONS, key
        elif key.startswith("format-"):
            assert key.split("-")[1] in file_formats(with_videos=True), key
        elif re.fullmatch(r"adjust-strength-[0-9-]+", key):
            strength = float(key.removeprefix("adjust-strength-").replace("-", "."))
            assert strength in adjust_form.STRENGTHS, key
        elif key.startswith("adjust-"):
            assert f'"{key.removesuffix("-description")}"' in SOURCE, key
        elif re.match(r"(option|command|settings|menu|button)-", key):
            assert key.split("-", 1)[1].removesuffix("-description") in texts, key


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_has_a_name_a_description_and_a_choice(preset):
    assert {f"preset-{preset}", f"preset-{preset}-description", f"choice-{preset}"} <= set(ENGLISH)


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_of_presets_has_a_name(group):
    assert f"category-{group}" in ENGLISH


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_presets_have_the_engines_descriptions(preset):
    assert CATALOGUE.texts("en")(f"preset-{preset.name}-description") == preset.description


@pytest.mark.parametrize("motion", MOTIONS)
def test_every_motion_has_a_name_a_description_and_a_choice(motion):
    assert {f"motion-{motion}", f"motion-{motion}-description", f"motion-{motion}-choice"} <= set(ENGLISH)


@pytest.mark.parametrize(
    ("locale", "says"), [("en", "can't be Clip"), ("ko", "영상 값"), ("es", "no puede ser Clip")]
)
def test_a_still_picture_that_cannot_be_a_clip_is_refused_in_the_language(locale, says):
    error = SettingsError(
        field="motion", bound="still, zoom, grow or morph for a still picture", value="clip"
    )
    sentence = CATALOGUE.texts(locale).error(error)
    assert says in sentence
    assert "clip" not in sentence


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_every_error_that_a_user_can_correct_has_a_sentence(kind):
    # Only operators see these; the bot opens no file by a name from a user.
    ours = {"WeightsError", "TensorFlowMissingError", "NoDreamInsideError", "FileError"}
    if not ours & {base.__name__ for base in kind.__mro__}:
        assert error_key(kind) in ENGLISH


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_a_sentence_uses_the_variables_of_its_error(kind):
    shown = set(re.findall(r"{(\w+)", getattr(kind, "sentence", "")))
    if shown and error_key(kind) in ENGLISH:
        assert ENGLISH[error_key(kind)] <= shown


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en-US", "Cancel"),
        ("en-GB", "Cancel"),
        ("ko", "취소"),
        ("es-ES", "Cancelar"),
        ("es-419", "Cancelar"),
        ("de", "Cancel"),
        ("zh-CN", "Cancel"),
        ("", "Cancel"),
    ],
)
def test_a_locale_has_its_language_or_english(locale, text):
    assert CATALOGUE.texts(locale)("button-cancel") == text


def test_a_missing_message_is_replaced_by_the_english_one():
    catalogue = Catalogue({"en": "a = A\nb = B", "ko": "a = 가"})
    assert (catalogue.texts("ko")("a"), catalogue.texts("ko")("b")) == ("가", "B")
    assert catalogue.has("a", "ko")
    assert not catalogue.has("b", "ko")


def test_a_language_may_belong_to_one_country():
    catalogue = Catalogue({"en": "a = A", "es": "a = E", "es-419": "a = L"})
    assert [catalogue.texts(locale)("a") for locale in ("es-ES", "es-419", "en-GB")] == ["E", "L", "A"]


def test_an_unknown_message_raises_a_key_error():
    with pytest.raises(KeyError):
        CATALOGUE.texts("ko")("no-such-message")


def test_values_are_not_interpreted_as_fluent():
    text = CATALOGUE.texts("en")("error-unknown-layer", layer="{ $preset } { -brand }")
    assert "“{ $preset } { -brand }”" in text


@pytest.mark.parametrize(
    ("seconds", "text"), [(1.0, "1 second"), (1, "1 second"), (1.5, "1.5 seconds"), (0.0, "0 seconds")]
)
def test_numbers_select_the_plural(seconds, text):
    assert CATALOGUE.texts("en")("card-dreamed", preset="Mild", seconds=seconds).endswith(f"in {text}")


def test_an_errors_sentence_contains_its_details():
    texts = CATALOGUE.texts("en")
    assert texts.error(TooManyBytesError(limit=25.0)) == "That file is over the 25 MB limit."
    assert texts.error(GuideError(problem=DamagedPictureError())).startswith(
        "I can't use the guide. That picture is damaged"
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [(999_999_999_999_999, "999,999,999,999,999"), (1e15, "1000000000000000.0"), (10**400, str(10**400))]
    + [(float(name), name) for name in ("inf", "-inf", "nan", "1e+25", "-1e+25")],
)
def test_a_number_too_large_for_digit_groups_is_still_formatted(value, shown):
    error = SettingsError(field="strength", value=value, bound="a number from 0.25 to 4.0")
    assert f" can't be {shown};" in packaged_catalogue().texts("en-US").error(error)


@pytest.mark.parametrize(
    ("locale", "number", "shown"),
    [
        ("en", 1024, "1,024"),
        ("ko", 1024, "1,024"),
        ("es-ES", 1024, "1024"),
        ("es-419", 9999, "9999"),
        ("es", 10_000, "10.000"),
    ],
)
def test_numbers_have_the_digit_groups_of_the_language(locale, number, shown):
    assert f" {shown} " in CATALOGUE.texts(locale)("error-size", largest=number).replace("픽셀", " ")


@pytest.mark.parametrize(
    ("locale", "whole", "part", "size"),
    [
        ("en-GB", "12,345", "0.25", "2,048 × 768"),
        ("ko", "12,345", "0.25", "2,048 × 768"),
        ("es-419", "12.345", "0,25", "2048 × 768"),
        ("pt-BR", "12.345", "0,25", "2.048 × 768"),
        ("de", "12,345", "0.25", "2,048 × 768"),
    ],
)
def test_a_number_alone_is_written_as_in_a_message(locale, whole, part, size):
    texts = CATALOGUE.texts(locale)
    assert (texts.number(12_345), texts.number(0.25), texts.size(2048, 768)) == (whole, part, size)


AS_TYPED = {"seed", "value"}
"""The variables that show a number as a user types it, or has typed it."""


def numbers_as_strings():
    """Return where the code formats a variable of a message or of a refusal by itself."""
    for path in Path(bot.__file__).parent.rglob("*.py"):
        for call in python_ast.walk(python_ast.parse(path.read_text())):
            if not isinstance(call, python_ast.Call):
                continue
            called = python_ast.unparse(call.func)
            if not re.search(r"(texts|find|texts_of\(.*\)|Refusal)$", called):
                continue
            for keyword in call.keywords:
                value = python_ast.unparse(keyword.value)
                by_itself = re.search(r"\bstr\(|\bformat\(|^f'[^']*\{[^}]*:[^}]*\}", value)
                if by_itself and keyword.arg not in AS_TYPED:
                    yield f"{path.name}: {called}({keyword.arg}={value})"


def test_messages_and_refusals_get_numbers_as_numbers():
    assert not list(numbers_as_strings())


@pytest.mark.parametrize(
    ("locale", "shown"),
    [
        ("en", "strength can't be 5.5; it has to be a number from 0.25 to 4."),
        ("ko", "강도 옵션에는 5.5 값을 쓸 수 없어요. 가능한 값: 0.25에서 4까지의 수"),
        ("es", "La opción intensidad no puede ser 5,5; tiene que ser un número de 0,25 a 4."),
    ],
)
def test_the_bounds_of_a_setting_are_written_as_in_the_language(locale, shown):
    error = SettingsError(field="strength", value=5.5, bound="a number from 0.25 to 4.0")
    assert CATALOGUE.texts(locale).error(error) == shown


@pytest.mark.parametrize(
    ("locale", "two", "one"),
    [
        ("en", "I can read GIF, MP4 and WebM.", "I can read PNG."),
        ("ko", "읽을 수 있는 형식: GIF, MP4 및 WebM", "읽을 수 있는 형식: PNG"),
        ("es", "Puedo leer GIF, MP4 y WebM.", "Puedo leer PNG."),
        ("pt-BR", "Consigo ler GIF, MP4 e WebM.", "Consigo ler PNG."),
    ],
)
def test_the_formats_that_can_be_read_are_listed_as_in_the_language(locale, two, one):
    for formats, sentence in (("GIF, MP4 and WebM", two), ("PNG", one)):
        error = NotAPictureError(looks_like="a text file", formats=formats)
        assert CATALOGUE.texts(locale).error(error).endswith(sentence)


def test_a_nested_error_is_in_the_same_language():
    text = CATALOGUE.texts("ko").error(GuideError(problem=DamagedPictureError()))
    assert "손상됐거나" in text
    assert "damaged" not in text


@pytest.mark.parametrize("locale", LANGUAGES)
def test_the_refusal_of_a_masks_proportions_names_both_sizes(locale):
    sizes = {"mask_width": 90, "mask_height": 100, "width": 120, "height": 80}
    text = CATALOGUE.texts(locale).error(MaskError(problem=MaskAspectError(**sizes)))
    assert "90 × 100" in text
    assert "120 × 80" in text


def test_an_error_of_a_new_class_has_the_sentence_of_its_parent():
    class BrandNewPictureError(DamagedPictureError):
        pass

    assert "damaged" in CATALOGUE.texts("en").error(BrandNewPictureError())


def test_a_timestamp_is_relative_and_rounded_up():
    assert relative_time(1_800_000_000.2) == "<t:1800000001:R>"


@pytest.mark.parametrize("key", ["error-ours", "card-failed"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_of_the_bot_links_to_the_operators_support_page(key, language):
    url = "https://discord.gg/help"
    text = CATALOGUE.with_support(url).texts(language)(key, reference="0123abcd")
    assert f"]({url})" in text
    assert "`0123abcd`" in text
    assert "](" not in CATALOGUE.texts(language)(key, reference="0123abcd")
