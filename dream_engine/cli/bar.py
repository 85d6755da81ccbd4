"""A progress bar that fits into one line of any width."""

import time
from collections.abc import Callable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

_SHORTEST_BAR, _LONGEST_BAR = 8, 30
_SHORT_NAME, _LONG_NAME = 12, 40
_SPINNER, _ASCII_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "-\\|/"
_TURNS_PER_SECOND = 10


class Bar:
    """Shows a share, a clock and details in one line, which is erased at the end.

    In a narrow terminal, the least important parts are left out: first the loss, then the steps, then the
    name. The share and the clock remain.

    Args:
        console: The terminal.
        details: The details before the first progress; see :meth:`update`.
        clock: Returns the time in seconds.
    """

    def __init__(
        self, console: Console, details: Sequence[str] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.console = console
        self._clock = clock
        self._live = Live(
            console=console,
            get_renderable=lambda: self,
            transient=True,
            redirect_stdout=False,
            refresh_per_second=_TURNS_PER_SECOND,
        )
        self.reset("", details)

    def start(self) -> None:
        """Draw the bar from now on."""
        self._live.start()

    def stop(self) -> None:
        """Erase the bar."""
        self._live.stop()

    def refresh(self) -> None:
        """Draw the bar now."""
        self._live.refresh()

    def reset(self, name: str, details: Sequence[str]) -> None:
        """Start from zero, with the name of a picture."""
        self._started = self._clock()
        self._name = "".join(letter if letter.isprintable() else "?" for letter in name)
        self.update(0.0, details, None)

    def update(self, fraction: float, details: Sequence[str], seconds_left: float | None) -> None:
        """Change what the bar shows.

        Args:
            fraction: The share that is done, from 0 to 1.
            details: Texts of growing length, of which the longest that fits is shown.
            seconds_left: The remaining time; ``None`` if it is unknown, and the time so far is shown instead.
        """
        self._fraction = fraction
        self._details = tuple(details)
        self._seconds_left = seconds_left

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        is_ascii = options.ascii_only
        # A line as wide as the terminal would make some terminals begin another.
        yield self.line(options.max_width - 1, is_ascii=is_ascii)

    def line(self, width: int, *, is_ascii: bool = False) -> Text:
        """Compose the line.

        Args:
            width: The most columns.
            is_ascii: Whether the terminal can show nothing but ASCII.
        """
        percent, clock = f"{100 * self._fraction:3.0f} %", self._time()
        parts = _Parts(width - len(percent), clock, self._details, cell_len(self._name))
        line = Text(no_wrap=True, overflow="crop", end="")
        if parts.has_spinner:
            line.append(f"{self._spin(is_ascii=is_ascii)} ", "progress.spinner")
        if parts.name:
            line.append(f"{_shortened(self._name, parts.name, is_ascii=is_ascii)} ")
        if parts.bar:
            done = round(parts.bar * min(1.0, self._fraction))
            line.append(("#" if is_ascii else "━") * done, "bar.complete")
            line.append(("-" if is_ascii else "─") * (parts.bar - done) + " ", "bar.back")
        line.append(percent, "progress.percentage")
        line.append(parts.details and f"  {parts.details}")
        line.append(f"  {clock}" if parts.has_clock else "", "progress.remaining")
        return line

    def _time(self) -> str:
        if self._seconds_left is None:
            return f"{duration(self._clock() - self._started)} elapsed"
        return f"{duration(self._seconds_left)} left"

    def _spin(self, *, is_ascii: bool) -> str:
        frames = _ASCII_SPINNER if is_ascii else _SPINNER
        return frames[int(self._clock() * _TURNS_PER_SECOND) % len(frames)]


class _Parts:
    """Divides the columns of a line among its parts, the most important first.

    Args:
        columns: The number of columns.
        clock: The text of the clock.
        details: Texts of growing length.
        name: The columns of the whole name.

    Attributes:
        has_clock: Whether the clock fits.
        has_spinner: Whether the spinner fits.
        details: The longest text that fits.
        name: The columns of the name; 0 if it does not fit.
        bar: The columns of the bar; 0 if it does not fit.
    """

    def __init__(self, columns: int, clock: str, details: Sequence[str], name: int) -> None:
        self._left = columns
        self.has_clock = self._take(len(clock) + 2)
        self.bar = _SHORTEST_BAR if self._take(_SHORTEST_BAR + 1) else 0
        shortest = details[0] if details else ""
        self.details = shortest if shortest and self._take(cell_len(shortest) + 2) else ""
        self.has_spinner = self._take(2)
        short_name = min(name, _SHORT_NAME)
        self.name = short_name if name and self._take(short_name + 1) else 0
        for longer in details[1:]:
            if self.details and self._take(cell_len(longer) - cell_len(self.details)):
                self.details = longer
        if self.name:
            self.name += self._take_up_to(min(name, _LONG_NAME) - self.name)
        if self.bar:
            self.bar += self._take_up_to(_LONGEST_BAR - self.bar)

    def _take(self, columns: int) -> bool:
        if columns > self._left:
            return False
        self._left -= columns
        return True

    def _take_up_to(self, columns: int) -> int:
        taken = min(columns, max(0, self._left))
        self._left -= taken
        return taken


def duration(seconds: float) -> str:
    """Format a duration as minutes and seconds, or as hours, minutes and seconds."""
    minutes, seconds = divmod(round(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _shortened(name: str, columns: int, *, is_ascii: bool) -> str:
    """Shorten a name in the middle, so that its beginning and its ending remain."""
    if cell_len(name) <= columns:
        return name
    gap = "..." if is_ascii else "…"
    end = (columns - len(gap)) // 2
    tail = name
    while cell_len(tail) > end:
        tail = tail[1:]
    return set_cell_size(name, columns - len(gap) - cell_len(tail)) + gap + tail
