"""What people ask for in a soak run, where, how, and what they do next: decided by the seed."""

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from bot.options import layer_names
from dream_engine import backbones
from dream_engine.presets import PRESETS
from soak.uploads import Upload, common_pictures, fresh_picture, no_pictures

TOKEN_DIES_SOON = 15 * 60 - 15
"""So long ago Discord made the interaction; it can be answered for a quarter of a minute more."""
Then = Literal[
    "nothing",
    "cancel",  # by who asked
    "moderate",  # a moderator cancels
    "intrude",  # somebody else tries to cancel
    "delete",  # a moderator deletes the message itself
    "discard",  # who asked deletes the dream by its button
    "remove",  # a moderator does
    "again",
    "deeper",
    "preset",
    "original",
    "redream",  # the dream is forwarded, and dreamed from there
    "forget",
]
Place = Literal["channel", "thread", "direct", "adults", "elsewhere", "group", "both"]
How = Literal["slash", "menu", "forwarded"]

_THENS: Mapping[Then, int] = {
    "nothing": 48, "cancel": 8, "moderate": 4, "intrude": 4, "delete": 4, "discard": 4, "remove": 3,
    "again": 5, "deeper": 4, "preset": 5, "original": 4, "redream": 3, "forget": 4,
}  # fmt: skip
_PLACES: Mapping[Place, int] = {
    "channel": 55, "thread": 10, "direct": 10, "adults": 5, "elsewhere": 10, "group": 5, "both": 5,
}  # fmt: skip
_HOWS: Mapping[How, int] = {"slash": 84, "menu": 8, "forwarded": 8}
WHILE_IT_RUNS: Collection[Then] = ("cancel", "moderate", "intrude", "delete")
"""What is done to a dream that is not done yet."""
_OF_MODERATORS: Collection[Then] = ("moderate", "remove", "delete")
WITH_MODERATORS: Collection[Place] = ("channel", "thread", "adults", "both")
OF_ORDERS = ("duplicates", "forget", "moderators", "bad")
"""The troubles that lie in what people ask for."""


@dataclass(frozen=True)
class Order:
    """One request.

    Attributes:
        number: Its number; also the seed of its dream, by which its job is found, where it has options.
        at: When it is sent, in seconds from the beginning.
        person: The number of who asks.
        upload: The file.
        options: The options of the command.
        place: Where it is asked for; ``elsewhere`` and ``group`` have not the bot, but the person has.
        age: How many seconds ago Discord made the interaction.
        then: What who asked, or somebody else, does next …
        wait: … so many seconds after there is something to do it to.
        how: By the command, or from the menu of a message, which may forward another.
        guide: The guide picture, if there is one.
        repeated: Whether Discord tells of it twice.
        fetch_seconds: How long its file takes to come.
    """

    number: int
    at: float
    person: int
    upload: Upload
    options: Mapping[str, Any]
    place: Place = "channel"
    age: float = 0.0
    then: Then = "nothing"
    wait: float = 0.0
    how: How = "slash"
    guide: Upload | None = None
    repeated: bool = False
    fetch_seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        """Whether all its files are pictures."""
        return self.upload.is_picture and (self.guide is None or self.guide.is_picture)


def orders(
    seed: int, count: int, seconds: float, people: int, troubles: Collection[str] = OF_ORDERS
) -> list[Order]:
    """So many requests, spread at random over so many seconds; the same for the same seed.

    Args:
        seed: Decides everything.
        count: How many.
        seconds: In how many seconds.
        people: How many people ask.
        troubles: Which troubles people make, of ``OF_ORDERS``.
    """
    random_ = random.Random(seed)
    writer = _Writer(random_, people, troubles)
    moments = sorted(random_.uniform(0, seconds) for _ in range(count))
    return [writer.order(number, at) for number, at in enumerate(moments, start=1)]


class _Writer:
    """Writes orders.

    Args:
        random_: Decides.
        people: How many people ask.
        troubles: Which troubles they make.
    """

    def __init__(self, random_: random.Random, people: int, troubles: Collection[str]) -> None:
        self._random = random_
        self._people = people
        self._troubles = troubles
        self._common, self._bad = list(common_pictures(random_)), list(no_pictures(random_))
        self._layers = layer_names(backbones.DEFAULT)

    def order(self, number: int, at: float) -> Order:
        """One request."""
        random_ = self._random
        if "bad" in self._troubles and self._happens(0.15):
            order = Order(number, at, 0, random_.choice(self._bad), self._options(number))
        else:
            order = self._good(number, at)
        return replace(
            order,
            person=random_.randrange(self._people),
            repeated="duplicates" in self._troubles and self._happens(0.06),
            fetch_seconds=order.fetch_seconds or (random_.uniform(0.2, 2.0) if self._happens(0.1) else 0.0),
        )

    def _good(self, number: int, at: float) -> Order:
        random_ = self._random
        place, how, then = self._one_of(_PLACES), self._one_of(_HOWS), self._then()
        if then in _OF_MODERATORS and place not in WITH_MODERATORS:
            then = "nothing"
        options = {} if how != "slash" else self._options(number)
        small = how != "slash" or then != "nothing"
        if small or self._happens(0.5):
            upload = fresh_picture(random_, 300 if small else 800)
        else:
            upload = random_.choice(self._common)
        if then in WHILE_IT_RUNS and options:  # or it would be over before anybody could
            options |= {"iterations": 20 if then == "intrude" else 60}
        if then in _OF_MODERATORS or then == "redream":
            options.pop("private", None)
        order = Order(number, at, 0, upload, options, place, then=then, how=how)
        if then == "forget":
            return self._forgotten(order)
        is_old = self._happens(0.05) and then == "nothing"
        guide = self._guide() if how == "slash" and self._happens(0.08) else None
        return replace(
            order, age=TOKEN_DIES_SOON if is_old else 0.0, guide=guide, wait=random_.uniform(0, 1.5)
        )

    def _then(self) -> Then:
        then: Then = self._one_of(_THENS)
        if then == "forget" and "forget" not in self._troubles:
            return "nothing"
        if then in (*_OF_MODERATORS, "intrude") and "moderators" not in self._troubles:
            return "nothing"
        return then

    def _forgotten(self, order: Order) -> Order:
        """One whose owner is forgotten while it is fetched, while it is dreamed, or when it is done."""
        random_ = self._random
        options = dict(order.options)
        if options:
            options["iterations"] = random_.choice((1, 10, 60))
        fetch_seconds = random_.uniform(0.5, 3.0) if self._happens(0.5) else 0.0
        return replace(order, options=options, wait=random_.uniform(0, 3), fetch_seconds=fetch_seconds)

    def _options(self, number: int) -> dict[str, Any]:
        random_ = self._random
        options: dict[str, Any] = {
            "preset": random_.choice(list(PRESETS)),
            "iterations": random_.randint(1, 3),
            "octaves": random_.randint(1, 3),
            "seed": number,
        }
        some = {
            "size": (0.3, random_.randint(64, 640)),
            "strength": (0.2, round(random_.uniform(0.5, 2.0), 2)),
            "layer": (0.15, random_.choice(self._layers)),
            "keep-colour": (0.1, random_.random() < 0.5),
            "spoiler": (0.1, True),
            "private": (0.2, True),
        }
        for name, (chance, value) in some.items():
            if self._happens(chance):
                options[name] = value
        return options

    def _guide(self) -> Upload:
        if "bad" in self._troubles and self._happens(0.15):
            return self._random.choice(self._bad)
        return fresh_picture(self._random, 200)

    def _one_of(self, weights: Mapping[Any, int]) -> Any:
        return self._random.choices(list(weights), list(weights.values()))[0]

    def _happens(self, chance: float) -> bool:
        return self._random.random() < chance
