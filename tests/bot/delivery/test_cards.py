"""The cards, in every language, with the longest contents."""

import pytest

from bot.delivery import cards
from bot.delivery.details_card import details
from bot.delivery.line_breaks import with_plain_spaces
from bot.delivery.motion_cards import moving
from bot.delivery.preset_cards import PresetPicture, comparing, comparison, gallery
from bot.delivery.preset_categories import CATEGORIES, GROUPS
from bot.delivery.result_card import result
from bot.errors import ChannelRefusal
from bot.models import State, new_id
from bot.options import DreamOptions
from bot.texts import packaged_catalogue
from dream_engine import backbones, image_classes
from dream_engine.motion.runner import MotionProgress
from dream_engine.presets import PRESETS
from tests.bot.records import NOW, a_job, an_outcome

CATALOGUE = packaged_catalogue()
LANGUAGES = CATALOGUE.languages
ENGLISH = CATALOGUE.texts("en")
IMAGE = b"an image"


def walk(component):
    yield component
    for child in component.get("components", ()):
        yield from walk(child)
    if "accessory" in component:
        yield from walk(component["accessory"])


def components_of(card):
    return [component for top in card.view.to_components() for component in walk(top)]


def text_of(card):
    """The text of a card, with plain spaces for those that do not break."""
    texts = (component["content"] for component in components_of(card) if component["type"] == 10)
    return with_plain_spaces("\n".join(texts))


def all_cards(texts):
    longest = max(PRESETS, key=lambda name: len(texts.preset(name)))
    job = a_job(options=DreamOptions(preset=longest, seed=2**32 - 1, spoiler=True))
    layers = " + ".join(layer.name for layer in backbones.get("inception_v3").layers)
    outcome = an_outcome(layers=layers, seed=2**32 - 1, file_format="jpeg", height=1, width=1)
    yield cards.waiting(texts, job, 100000, NOW + 1e6)
    yield cards.dreaming(texts, job, 0.999, NOW, IMAGE)
    yield result(texts, job, outcome, IMAGE)
    things = [found.name for found in image_classes.all_classes()]
    longest_thing = max(things, key=lambda name: len(texts.thing(name)))
    of_thing = a_job(options=job.options.model_copy(update={"of": longest_thing}))
    of_things = outcome.model_copy(update={"things": (longest_thing,) * 5})
    yield cards.dreaming(texts, of_thing, 0.999, NOW, IMAGE)
    yield result(texts, of_thing, of_things, IMAGE, texts("card-kept"), things)
    in_motion = a_job(options=of_thing.options.model_copy(update={"motion": "morph"}))
    moved = of_things.model_copy(
        update={
            "motion": "morph",
            "frames": 900,
            "fps": 29.97,
            "file_format": "mp4",
            "reduced": ("quality", "rate", "size"),
        }
    )
    yield moving(texts, in_motion, MotionProgress(899, 900, 0.999), NOW, IMAGE)
    yield result(texts, in_motion, moved, IMAGE, texts("card-kept"), things)
    yield details(texts, of_thing.options, of_things)
    yield details(texts, in_motion.options, moved)
    for state in State:
        ended = in_motion.but(state=state, source="a digest")
        yield cards.ended(texts("card-failed", reference="0a1b2c3d"), texts, ended)
    yield cards.said(texts("card-paused"))
    yield cards.plain(texts("queue-none"), texts("queue-title"))
    yield cards.picture_card(
        texts("card-original"), cards.picture_file(IMAGE, "a.png", texts("alt-original"))
    )
    for category in CATEGORIES:
        yield gallery(texts, category, pictures_of(category), exact=True, things=True, private=True)
    for group in GROUPS:
        yield comparing(texts, group, job.id)
        yield comparison(texts, group, job.id, pictures_of(group), spoiler=True, private=True)


def pictures_of(group):
    return [PresetPicture(name, IMAGE) for name in GROUPS[group]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_card_stays_within_discords_limits(language):
    for card in all_cards(CATALOGUE.texts(language)):
        components = components_of(card)
        assert len(components) <= 40
        assert card.view.content_length() <= 4000
        assert all(len(component["custom_id"]) <= 100 for component in components if "custom_id" in component)
        assert all(1 <= len(component["label"]) <= 80 for component in components if component.get("label"))
        for component in components:
            if component["type"] == 3:
                assert len(component["options"]) <= 25
                assert len(component["placeholder"]) <= 150
                assert all(
                    len(o["label"]) <= 100 and len(o.get("description") or "") <= 100
                    for o in component["options"]
                )
        assert len(card.files) <= 10
        assert all(len(file.description) <= 1024 for file in card.files)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_file_is_shown_and_has_a_description(language):
    for card in all_cards(CATALOGUE.texts(language)):
        media = [
            item["media"]["url"] for component in components_of(card) for item in component.get("items", ())
        ]
        media += [component["media"]["url"] for component in components_of(card) if component["type"] == 11]
        assert sorted(media) == sorted(f"attachment://{file.filename}" for file in card.files)
        assert all(file.description for file in card.files)


def test_a_waiting_card_shows_the_place_and_the_expected_end():
    job = a_job()
    assert text_of(cards.waiting(ENGLISH, job, 1, None)) == "### In line: Mild\nYou're next."
    card = cards.waiting(ENGLISH, job, 3, NOW + 0.4)
    assert text_of(card) == f"### In line: Mild\nYou're number 3 in line.\nReady <t:{int(NOW) + 1}:R>"
    assert [component["custom_id"] for component in components_of(card) if component["type"] == 2] == [
        f"dream:cancel:{job.id}:{cards.owner_mark(job.id, job.user_id)}"
    ]


@pytest.mark.parametrize(
    ("fraction", "bar"),
    [(0.0, "`░░░░░░░░░░░░░░░░`\n0%"), (0.25, "`████░░░░░░░░░░░░`\n25%"), (1.0, "`████████████████`\n100%")],
)
def test_the_progress_bar_grows(fraction, bar):
    assert bar in text_of(cards.dreaming(ENGLISH, a_job(), fraction, None, None))


def test_without_a_preview_there_is_no_file():
    assert cards.dreaming(ENGLISH, a_job(), 0.5, None, None).files == ()


@pytest.mark.parametrize(("preview", "suffix"), [(b"\xff\xd8\xff", "jpg"), (b"RIFF....WEBP", "webp")])
def test_a_previews_name_has_the_suffix_of_its_format(preview, suffix):
    job = a_job()
    (file,) = cards.dreaming(ENGLISH, job, 0.5, None, preview).files
    assert file.filename == f"growing-{job.id}.{suffix}"


def test_a_spoiler_hides_the_preview_too():
    job = a_job(options=DreamOptions(preset="mild", spoiler=True))
    for card in (
        cards.dreaming(ENGLISH, job, 0.5, None, IMAGE),
        result(ENGLISH, job, an_outcome(), IMAGE),
    ):
        (file,) = card.files
        assert file.spoiler
        (gallery,) = [component for component in components_of(card) if component["type"] == 12]
        assert gallery["items"][0]["spoiler"]


def test_the_result_shows_its_name_and_how_long_it_took():
    assert text_of(result(ENGLISH, a_job(), an_outcome(), IMAGE)) == "**Mild** · dreamed in 4.3 seconds"


@pytest.mark.parametrize(
    ("differences", "line"),
    [
        ({"guided": True}, "-# Guided by a second picture"),
        ({"keep_colour": True}, "-# Original colours"),
        ({"guided": True, "keep_colour": True}, "-# Guided by a second picture · original colours"),
        ({"masked": True}, "-# Masked"),
        ({"guided": True, "masked": True}, "-# Guided by a second picture · masked"),
    ],
)
def test_the_result_shows_a_guide_a_mask_and_kept_colours(differences, line):
    text = text_of(result(ENGLISH, a_job(), an_outcome(**differences), IMAGE))
    assert text.splitlines()[-1] == line


def test_a_single_second_is_singular():
    text = text_of(result(ENGLISH, a_job(), an_outcome(seconds=1.04), IMAGE))
    assert text == "**Mild** · dreamed in 1 second"


@pytest.mark.parametrize(
    ("differences", "line"),
    [
        ({"file_format": "webp"}, "-# Saved as WebP to fit the upload limit here."),
        ({"file_format": "jpeg"}, "-# Saved as JPEG to fit the upload limit here."),
        (
            {"file_format": "webp", "height": 240, "width": 320},
            "-# Scaled down from 640 × 480 to fit the upload limit here.",
        ),
        (
            {"wanted_height": 2000, "wanted_width": 3000},
            "-# Made smaller than 3,000 × 2,000: not enough memory.",
        ),
        (
            {"is_cut_short": True},
            "-# The file you sent was incomplete, so part of the picture is missing.",
        ),
        (
            {"guided": True, "guide_is_cut_short": True},
            "-# The guide file was incomplete, so only part of it was used.",
        ),
        (
            {"masked": True, "mask_is_cut_short": True},
            "-# The mask file was incomplete, so part of it is missing.",
        ),
    ],
)
def test_the_result_shows_how_it_was_changed(differences, line):
    assert text_of(result(ENGLISH, a_job(), an_outcome(**differences), IMAGE)).splitlines()[-1] == line


@pytest.mark.parametrize(("file_format", "ending"), [("png", "png"), ("webp", "webp"), ("jpeg", "jpg")])
def test_the_bot_chooses_file_names(file_format, ending):
    job = a_job()
    (file,) = result(ENGLISH, job, an_outcome(file_format=file_format), IMAGE).files
    assert file.filename == f"dream-{job.id}.{ending}"


def test_a_removed_preset_is_still_shown_by_its_name():
    job = a_job(options=DreamOptions(preset="long-gone"))
    assert "**long-gone**" in text_of(result(ENGLISH, job, an_outcome(), IMAGE))


def test_a_card_is_the_same_each_time_it_is_drawn():
    job, outcome = a_job(), an_outcome()
    first, second = (result(ENGLISH, job, outcome, IMAGE).view.to_components() for _ in range(2))
    assert first == second


async def test_the_client_keeps_no_card():
    assert all(card.view.is_finished() for card in all_cards(ENGLISH))


def test_the_gallery_shows_every_preset_once():
    options = {"exact": False, "things": True, "private": True}
    cards_of_all = [gallery(ENGLISH, name, pictures_of(name), **options) for name in CATEGORIES]
    shown = "\n".join(map(text_of, cards_of_all))
    assert all(shown.count(f" · {ENGLISH.preset(name)}**") == 1 for name in PRESETS)


def test_ids_cannot_be_guessed():
    assert len({new_id() for _ in range(100)}) == 100
    assert all(len(new_id()) == 16 for _ in range(10))


def test_a_refusal_with_many_channels_fits_on_a_card():
    error = ChannelRefusal(channels=" ".join(f"<#{10**18 + number}>" for number in range(100)))
    assert cards.ended(ENGLISH.error(error)).view.content_length() <= 4000


def test_the_details_of_a_motion_name_it():
    job = a_job(options=DreamOptions(preset="mild", motion="zoom", strength=0.5))
    outcome = an_outcome(motion="zoom", frames=60, fps=15.0, file_format="webm", things=("jellyfish",))
    assert text_of(details(ENGLISH, job.options, outcome)) == (
        "### Details: Mild · Zoom\n"
        "**Dream of:** jellyfish\n"
        "**Layers:** block11/expand\n"
        "**Octaves:** 3 · **Steps per octave:** 12\n"
        "**Strength:** 0.5\n"
        "**Size:** 640 × 480 pixels\n"
        "**Seed:** 7\n"
        "**Format:** WebM"
    )


def test_only_a_cancelled_job_whose_source_is_stored_can_be_tried_again():
    for state in State:
        for source in ("a digest", None):
            job = a_job(state=state, source=source)
            actions = [
                part["custom_id"].split(":")[1]
                for part in components_of(cards.ended("It is over.", ENGLISH, job))
                if part["type"] == 2
            ]
            assert actions == (["retry"] if state is State.CANCELLED and source else [])
