"""The pictures of cards: how a sheet arranges them, and what is said when a browser or a font is missing."""

import pytest
from PIL import Image

from scripts.screenshots import __main__ as screenshots
from scripts.screenshots.sheet import sheet


class Drawing:
    """Stands in for a browser, with fonts for some letters."""

    def __init__(self, known):
        self.known = known

    async def without_font(self, letters):
        return "".join(letter for letter in letters if letter not in self.known)


def test_a_sheet_puts_each_picture_below_the_shortest_column():
    colours = {"red": 30, "green": 10, "blue": 10}
    drawn = sheet([Image.new("RGB", (10, height), colour) for colour, height in colours.items()], columns=2)
    assert drawn.size == (20, 30)
    places = {"red": (5, 25), "green": (15, 5), "blue": (15, 15)}
    for colour, place in places.items():
        assert drawn.getpixel(place) == Image.new("RGB", (1, 1), colour).getpixel((0, 0))


def test_one_picture_makes_a_sheet():
    assert sheet([Image.new("RGB", (10, 10))], columns=1).size == (10, 10)


async def test_a_language_whose_letters_have_no_font_is_named():
    with pytest.raises(screenshots.FontMissingError, match=r"no font for the letters .+ of the language ko"):
        await screenshots.check_font(Drawing("abc"), "ko")


async def test_a_language_whose_letters_have_a_font_is_photographed():
    await screenshots.check_font(Drawing("".join(map(chr, range(0xAC00, 0xD7A4))) + "ABCDGIF"), "ko")


def test_without_a_browser_one_sentence_says_so(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr("sys.argv", ["screenshots", "en"])
    assert screenshots.main() == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_an_unknown_language_is_refused(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["screenshots", "tlh"])
    with pytest.raises(SystemExit):
        screenshots.main()
    assert "unknown languages: tlh" in capsys.readouterr().err
