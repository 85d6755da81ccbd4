import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from dream_engine.cli.bar import Bar, duration

DETAILS = ["octave 2/4", "octave 2/4, step 10/20", "octave 2/4, step 10/20, loss 1.23"]


def bar(name: str = "cat.jpg", seconds_left: float | None = 130.0) -> Bar:
    made = Bar(Console(file=io.StringIO()), clock=lambda: 0.0)
    made.reset(name, ["loading the network"])
    made.update(0.5, DETAILS, seconds_left)
    return made


@pytest.mark.parametrize("width", [5, 10, 19, 20, 30, 39, 60, 79, 120, 199])
@pytest.mark.parametrize("name", ["cat.jpg", "n" * 300, "猫" * 40, "two\nlines\x1b[2J.jpg"])
def test_the_line_fits_into_any_width(width, name):
    line = bar(name).line(width).plain
    assert cell_len(line) <= width
    assert line.isprintable()
    assert " 50 %" in line


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (5, " 50 %"),
        (16, " 50 %  2:10 left"),
        (19, "⠋  50 %  2:10 left"),
        (30, "⠋ ━━━━━━─────  50 %  2:10 left"),
        (39, "⠋ ━━━━────  50 %  octave 2/4  2:10 left"),
        (79, "⠋ cat.jpg ━━━━━━━━─────────  50 %  octave 2/4, step 10/20, loss 1.23  2:10 left"),
    ],
)
def test_the_least_important_parts_are_left_out_first(width, line):
    assert bar().line(width).plain == line


def test_a_long_name_keeps_its_beginning_and_its_ending():
    line = bar("holiday-by-the-sea-in-a-very-long-summer-2026.jpeg").line(79).plain
    assert "holiday-…26.jpeg" in line


@pytest.mark.parametrize("width", [19, 39, 79, 199])
def test_there_is_one_clock_and_it_says_which(width):
    left = bar().line(width).plain
    assert left.count(":") == 1
    assert left.endswith("2:10 left")
    elapsed = bar(seconds_left=None).line(width).plain
    assert elapsed.count(":") == 1
    assert elapsed.endswith("0:00 elapsed")


def test_a_terminal_without_unicode_gets_ascii():
    assert bar("n" * 50).line(60, is_ascii=True).plain.isascii()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0:00"), (59.6, "1:00"), (130, "2:10"), (3600, "1:00:00"), (40_000, "11:06:40")],
)
def test_durations_are_formatted(seconds, text):
    assert duration(seconds) == text
