from pathlib import Path

import pytest

import dream_engine
from dream_engine import image_classes
from dream_engine.errors import SettingsError
from dream_engine.image_class_names import COMMON_WORDS, NAMES, OMITTED_ALIASES


def refused(name: str) -> SettingsError:
    with pytest.raises(SettingsError) as refusal:
        image_classes.get(name)
    assert str(refusal.value).startswith("of must be ")
    return refusal.value


def found(text: str, limit: int | None = 25, localized: dict[str, str] | None = None) -> list[str]:
    return [known.name for known, _ in image_classes.search(text, limit, localized)]


def labels(known: image_classes.ImageClass) -> list[str]:
    return [known.name.casefold(), *(alias.casefold() for alias in known.aliases)]


def test_there_are_a_thousand_classes_in_the_order_of_their_indices():
    assert [known.index for known in image_classes.all_classes()] == list(range(1000))
    assert image_classes.all_classes()[107].name == "jellyfish"
    assert image_classes.all_classes()[985].name == "daisy"


def test_no_two_classes_have_the_same_name():
    names = {known.name.casefold() for known in image_classes.all_classes()}
    assert len(names) == 1000


def test_names_that_the_package_uses_twice_are_told_apart():
    assert [image_classes.get(name).index for name in ("missile", "projectile")] == [657, 744]
    assert [image_classes.get(name).index for name in ("sunglass", "sunglasses")] == [836, 837]


def test_names_are_short_and_plain():
    for known in image_classes.all_classes():
        assert len(known.name) <= 32, known
        assert not set("/,=:") & set(known.name), known
        assert " or " not in known.name, known


def test_every_class_is_found_by_its_own_name_in_any_form():
    for known in image_classes.all_classes():
        for form in (known.name, known.name.upper(), known.name.replace(" ", "_"), f"  {known.name} "):
            assert image_classes.get(form) is known


def test_every_correction_concerns_a_class_that_exists():
    names = {known.name for known in image_classes.all_classes()}
    assert set(NAMES.values()) <= names
    assert set(COMMON_WORDS.values()) <= names
    for word, name in COMMON_WORDS.items():
        assert image_classes.get(word).name == name
        assert word not in names


def test_at_least_120_classes_dream_well_and_each_is_listed_once_by_its_full_name():
    listed = (Path(dream_engine.__file__).parent / "dreamable_classes.txt").read_text().splitlines()
    assert [known.name for known in image_classes.dreamable_classes()] == listed
    assert len(set(listed)) == len(listed) >= 120
    assert listed[0] == "jellyfish"


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("peacock", "peafowl"),
        ("tabby", "tabby cat"),
        ("orca", "killer whale"),
        ("t shirt", "T-shirt"),
        ("Golden-Retriever", "golden retriever"),
        ("jack-o’-lantern", "carved pumpkin"),  # noqa: RUF001 - the apostrophe of a phone's keyboard
        ("kite", "kite (bird)"),
        ("drake", "drake (duck)"),
        ("ram", "ram (sheep)"),
        ("impala", "impala (antelope)"),
        ("crane bird", "crane (bird)"),
        ("cat", "tabby cat"),
        ("panda", "giant panda"),
        ("boa", "boa constrictor"),
    ],
)
def test_an_alias_of_one_class_and_a_common_word_mean_that_class(alias, name):
    assert image_classes.get(alias).name == name


@pytest.mark.parametrize("name", ["missile", "partridge", "harp", "gong"])
def test_a_name_means_its_own_class_even_if_it_is_an_alias_of_another(name):
    assert image_classes.get(name).name == name
    assert sum(name in labels(known) for known in image_classes.all_classes()) > 1


@pytest.mark.parametrize(
    ("name", "choices"),
    [("crane", ("crane (bird)", "crane (machine)")), ("horn", ("cornet", "French horn"))],
)
def test_the_error_for_an_ambiguous_name_names_the_choices(name, choices):
    error = refused(name)
    assert str(error) == f"of must be more exact: {' or '.join(choices)}, not '{name}'."
    assert error.details["suggestions"] == choices


@pytest.mark.parametrize(
    ("name", "suggestions"),
    [
        ("jelyfish", "jellyfish"),
        ("dalmation", "dalmatian"),
        ("a red dragonfly", "dragonfly"),
        ("retriever", "golden retriever, flat-coated retriever or curly-coated retriever"),
    ],
)
def test_the_error_for_an_unknown_name_suggests_similar_ones(name, suggestions):
    sentence = f"of must be a thing that the network knows (did you mean {suggestions}?), not '{name}'."
    assert str(refused(name)) == sentence


@pytest.mark.parametrize("name", ["", "  ", "()", "xyzzy", "🦄"])
def test_the_error_for_a_name_like_no_other_says_how_to_list_the_names(name):
    error = refused(name)
    assert "(dream --list-things names them)" in str(error)
    assert error.details["suggestions"] == ()


@pytest.mark.parametrize("typed", ["água-viva", "agua viva", "AGUA", "A\u0301gua-viva"])
def test_a_localized_name_is_found_without_its_accents(typed):
    assert found(typed, localized={"jellyfish": "água-viva"})[0] == "jellyfish"


@pytest.mark.parametrize("typed", ["해파", "해파리", "파리"])
def test_a_localized_name_is_found_by_whole_syllables(typed):
    assert found(typed, localized={"jellyfish": "해파리"})[0] == "jellyfish"


def test_the_error_for_a_very_long_name_stays_short():
    assert len(str(refused("jelly " * 10_000))) < 250


def test_latin_and_misleading_names_are_no_aliases():
    aliases = {alias for known in image_classes.all_classes() for alias in known.aliases}
    assert not {"Panthera leo", "Ursus Maritimus", "Canis lupus tundrarum"} & aliases
    assert {"Komodo lizard", "African chameleon", "Madagascar cat"} <= aliases
    assert OMITTED_ALIASES & aliases <= COMMON_WORDS.keys()


def test_breeds_are_written_as_in_a_sentence():
    names = {known.name for known in image_classes.all_classes()}
    assert {
        "golden retriever",
        "Border collie",
        "beagle",
        "German shepherd dog",
        "Yorkshire terrier",
    } <= names


def test_a_search_ranks_prefixes_before_words_and_words_before_other_parts():
    assert found("tiger") == ["tiger", "tiger shark", "tiger cat", "tiger beetle"]
    names = found("ret", None)
    assert names.index("golden retriever") < names.index("pretzel")
    names = found("boa", None)
    assert names.index("boathouse") < names.index("feather boa") < names.index("cardboard box")


def test_a_search_ranks_an_exact_alias_first_and_other_aliases_after_names():
    names = found("cat", None)
    assert names[:2] == ["tabby cat", "catamaran"]
    assert names.index("catamaran") < names.index("cougar")  # its alias is catamount
    assert found("car")[0] == "sports car"


def test_a_search_ranks_dreamable_classes_before_others():
    names = found("retriever")
    assert names[0] == "golden retriever"
    assert len(names) == 5


def test_a_search_for_nothing_gives_all_classes_the_most_dreamable_first():
    assert found("", None)[:3] == [known.name for known in image_classes.dreamable_classes()[:3]]
    assert len(found("", None)) == 1000
    assert len(found("  ")) == 25


def test_a_search_ignores_case_and_spacing_and_may_find_nothing():
    assert found("GOLDEN-ret") == found("golden  ret") == ["golden retriever"]
    assert found("xyzzy") == []


def test_a_search_says_which_name_matched():
    assert ("peafowl", "peacock") in [(known.name, name) for known, name in image_classes.search("peac")]
    assert image_classes.search("jelly")[0][1] == "jellyfish"


def test_a_search_finds_names_in_another_language_and_still_the_english_ones():
    korean = {"jellyfish": "해파리", "goldfish": "금붕어", "sea anemone": "바다 말미잘"}
    assert image_classes.search("해파", localized=korean)[0][1] == "해파리"
    assert found("말미", localized=korean) == ["sea anemone"]
    assert found("goldf", localized=korean)[0] == "goldfish"
    assert found("금", localized=korean) == ["goldfish"]
    assert found("\u1112\u1162\u1111\u1161", localized=korean) == ["jellyfish"]  # as a Mac writes it
    assert image_classes.search("", 1, korean)[0][1] == "해파리"
