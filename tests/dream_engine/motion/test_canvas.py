"""How patches add up."""

from PIL import Image

from dream_engine.motion.canvas import Canvas, Patch

RED, GREEN, NOTHING = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 0, 0)


def patch(colour: tuple[int, ...], left: int = 0, top: int = 0, side: int = 4, **options: object) -> Patch:
    return Patch(Image.new("RGBA", (side, side), colour), left, top, **options)


def test_a_canvas_is_transparent_at_first():
    canvas = Canvas(8, 8)
    canvas.draw(patch(RED, 2, 2))
    assert [canvas.image.getpixel(place) for place in ((0, 0), (2, 2), (5, 5), (6, 6))] == [
        NOTHING, RED, RED, NOTHING
    ]  # fmt: skip


def test_a_patch_is_restored_to_what_was_below_it_only():
    canvas = Canvas(8, 8)
    canvas.draw(patch(RED, side=8))
    canvas.draw(patch(GREEN, 4, 4, disposal="restore"))
    assert canvas.image.getpixel((5, 5)) == GREEN
    canvas.draw(patch(GREEN, 0, 0, side=1))
    assert [canvas.image.getpixel(place) for place in ((5, 5), (0, 0))] == [RED, GREEN]


def test_a_transparent_patch_replaces_only_if_it_says_so():
    canvas = Canvas(8, 8)
    canvas.draw(patch(RED, side=8))
    canvas.draw(patch(NOTHING))
    assert canvas.image.getpixel((1, 1)) == RED
    canvas.draw(patch(NOTHING, replaces=True))
    assert canvas.image.getpixel((1, 1)) == NOTHING


def test_parts_outside_the_canvas_are_cut_off():
    canvas = Canvas(8, 8)
    canvas.draw(patch(RED, 6, 6, disposal="clear"))
    assert canvas.image.getpixel((7, 7)) == RED
    canvas.draw(patch(GREEN, 9, 0))
    assert canvas.image.getpixel((7, 7)) == NOTHING
