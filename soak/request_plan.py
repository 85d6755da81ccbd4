"""Plans the requests of a soak run and what users do next, from a seed."""

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from bot.options import layer_names
from dream_engine import backbones
from dream_engine.presets import PRESETS
from soak.moving_uploads import invalid_moving_files, moving_upload
from soak.uploads import Upload, common_pictures, invalid_files, mask_of, unique_picture

NEARLY_EXPIRED_AGE = 15 * 60 - 15
"""An interaction of this age can be answered for 15 seconds more."""
FollowUp = Literal[
    "nothing",
    "cancel",  # the owner cancels
    "moderate",  # a moderator cancels
    "intrude",  # another user tries to cancel
    "delete",  # a moderator deletes the message itself
    "discard",  # the owner deletes the dream by its button
    "remove",  # a moderator deletes the dream by its button
    "again",
    "deeper",
    "preset",
    "thing",  # another thing is selected below a dream of a thing
    "original",
    "motion",  # the dream of a still picture is let move
    "redream",  # the dream is forwarded, and the forwarded message is dreamed
    "forget",
]
Place = Literal["channel", "thread", "direct", "adults", "elsewhere", "group", "both"]
Method = Literal["slash", "menu", "forwarded"]

_FOLLOW_UP_WEIGHTS: Mapping[FollowUp, int] = {
    "nothing": 48, "cancel": 8, "moderate": 4, "intrude": 4, "delete": 4, "discard": 4, "remove": 3,
    "again": 5, "deeper": 4, "preset": 5, "thing": 4, "original": 4, "motion": 4, "redream": 3, "forget": 4,
}  # fmt: skip
_MOTION_FOLLOW_UP_WEIGHTS: Mapping[FollowUp, int] = {
    "nothing": 30, "cancel": 16, "moderate": 4, "intrude": 3, "delete": 6, "discard": 4, "remove": 3,
    "again": 4, "preset": 3, "original": 4, "redream": 3, "forget": 8,
}  # fmt: skip
_PLACE_WEIGHTS: Mapping[Place, int] = {
    "channel": 55, "thread": 10, "direct": 10, "adults": 5, "elsewhere": 10, "group": 5, "both": 5,
}  # fmt: skip
_METHOD_WEIGHTS: Mapping[Method, int] = {"slash": 84, "menu": 8, "forwarded": 8}
RUNNING_FOLLOW_UPS: Collection[FollowUp] = ("cancel", "moderate", "intrude", "delete")
"""Follow-ups on a dream that still runs."""
_MODERATOR_FOLLOW_UPS: Collection[FollowUp] = ("moderate", "remove", "delete")
MODERATED_PLACES: Collection[Place] = ("channel", "thread", "adults", "both")
DREAMABLE_THINGS = ("jellyfish", "goldfish", "tiger", "peacock", "Monarch-Butterfly")
"""Things that may be dreamed of everywhere, as users type them."""
AGE_RESTRICTED_THINGS = ("rifle",)
"""Things that may be dreamed of in age-restricted channels only."""
REFUSED_THINGS = ("jelyfish", "crane", "no such thing", "bikini")
"""Names that are misspelled, ambiguous or unknown, or whose thing is never offered."""
STILL_MOTIONS = ("zoom", "grow", "morph")
"""The motions of a still picture."""
_MOTION_CHANCE = 0.18
_MIN_FRAMES = 5
"""The fewest frames of a moving file: with fewer, a low frame rate would merge all of them into one."""
_CANCELLED_FRAMES = 48
"""The frames of a motion that is cancelled: long enough that some are dreamed before."""
REQUEST_FAULTS = ("duplicates", "forget", "moderators", "bad")
"""The faults that requests carry."""


@dataclass(frozen=True)
class PlannedRequest:
    """One planned request.

    Attributes:
        number: Its number. If it has options, this is also the seed of its dream, which identifies its job.
        at: When to send it, in seconds from the start of the run.
        user: The number of the user.
        upload: The file.
        options: The options of the command.
        place: Where it is sent. In ``elsewhere`` and ``group`` only the user has installed the bot.
        age: The age of the interaction in seconds.
        follow_up: What its owner or another user does next.
        delay: How many seconds to wait before the follow-up, once it is possible.
        method: The command, or the menu of a message or of a forwarded message.
        guide: The guide picture, if there is one.
        mask: The mask, if there is one.
        sent_twice: Whether Discord sends the interaction twice.
        fetch_seconds: How long the download of its file takes.
    """

    number: int
    at: float
    user: int
    upload: Upload
    options: Mapping[str, Any]
    place: Place = "channel"
    age: float = 0.0
    follow_up: FollowUp = "nothing"
    delay: float = 0.0
    method: Method = "slash"
    guide: Upload | None = None
    mask: Upload | None = None
    sent_twice: bool = False
    fetch_seconds: float = 0.0

    @property
    def uploads(self) -> tuple[Upload, ...]:
        """All its files."""
        return tuple(upload for upload in (self.upload, self.guide, self.mask) if upload is not None)

    @property
    def is_valid(self) -> bool:
        """Whether all its files are pictures."""
        return all(upload.is_picture for upload in self.uploads)

    @property
    def moves(self) -> bool:
        """Whether its dream is a motion."""
        motion = self.options.get("motion")
        return self.upload.moves if motion is None else motion != "still"

    @property
    def thing(self) -> str | None:
        """The thing to dream of, as the user types it."""
        return self.options.get("of")

    @property
    def is_thing_allowed(self) -> bool:
        """Whether it names no thing, or one that may be dreamed of in its place, and without a guide."""
        if self.thing is None:
            return True
        is_restricted = self.thing in AGE_RESTRICTED_THINGS and self.place != "adults"
        return self.guide is None and self.thing not in REFUSED_THINGS and not is_restricted


def plan_requests(
    seed: int, count: int, seconds: float, users: int, faults: Collection[str] = REQUEST_FAULTS
) -> list[PlannedRequest]:
    """Plan requests at random times. The same seed gives the same plan.

    Args:
        seed: Seed of all random choices.
        count: How many requests to plan.
        seconds: The length of the run.
        users: How many users there are.
        faults: The faults that requests carry, of ``REQUEST_FAULTS``.
    """
    random_ = random.Random(seed)
    planner = _RequestPlanner(random_, users, faults)
    moments = sorted(random_.uniform(0, seconds) for _ in range(count))
    return [planner.plan(number, at) for number, at in enumerate(moments, start=1)]


class _RequestPlanner:
    """Draws requests at random.

    Args:
        random_: Source of all random choices.
        users: How many users there are.
        faults: The faults that requests carry.
    """

    def __init__(self, random_: random.Random, users: int, faults: Collection[str]) -> None:
        self._random = random_
        self._users = users
        self._faults = faults
        self._common = list(common_pictures(random_))
        self._invalid = [*invalid_files(random_), *invalid_moving_files(random_)]
        self._layers = layer_names(backbones.DEFAULT)

    def plan(self, number: int, at: float) -> PlannedRequest:
        """Plan one request."""
        random_ = self._random
        if "bad" in self._faults and self._occurs(0.15):
            plan = PlannedRequest(number, at, 0, random_.choice(self._invalid), self._options(number))
        elif self._occurs(_MOTION_CHANCE):
            plan = self._motion(number, at)
        else:
            plan = self._valid(number, at)
        return replace(
            plan,
            user=random_.randrange(self._users),
            sent_twice="duplicates" in self._faults and self._occurs(0.06),
            fetch_seconds=plan.fetch_seconds or (random_.uniform(0.2, 2.0) if self._occurs(0.1) else 0.0),
        )

    def _valid(self, number: int, at: float) -> PlannedRequest:
        random_ = self._random
        place: Place = self._weighted_choice(_PLACE_WEIGHTS)
        method: Method = self._weighted_choice(_METHOD_WEIGHTS)
        follow_up = self._follow_up(_FOLLOW_UP_WEIGHTS, place)
        if (
            follow_up in ("thing", "motion") and method != "slash"
        ):  # only the command names a thing, or a length
            follow_up = "nothing"
        options = {} if method != "slash" else self._options(number) | self._thing(place, follow_up)
        if "of" in options and self._occurs(0.5):
            del options["preset"]
        if follow_up == "motion":
            options |= self._length()
        small = method != "slash" or follow_up != "nothing"
        if small or self._occurs(0.5):
            upload = unique_picture(random_, 300 if small else 800)
        else:
            upload = random_.choice(self._common)
        if follow_up in RUNNING_FOLLOW_UPS and options:  # long enough that it can be cancelled
            options |= {"iterations": 20 if follow_up == "intrude" else 60}
        if follow_up in _MODERATOR_FOLLOW_UPS or follow_up == "redream":
            options.pop("private", None)
        plan = PlannedRequest(number, at, 0, upload, options, place, follow_up=follow_up, method=method)
        if follow_up == "forget":
            return self._with_data_deletion(plan)
        expires_soon = self._occurs(0.05) and follow_up == "nothing"
        return replace(
            plan,
            age=NEARLY_EXPIRED_AGE if expires_soon else 0.0,
            guide=self._guide() if method == "slash" and self._has_guide(plan) else None,
            mask=self._mask(upload) if method == "slash" and self._occurs(0.08) else None,
            delay=random_.uniform(0, 1.5),
        )

    def _motion(self, number: int, at: float) -> PlannedRequest:
        """Plan a motion: of a moving file, or of a still picture."""
        random_ = self._random
        place: Place = self._weighted_choice(_PLACE_WEIGHTS)
        follow_up = self._follow_up(_MOTION_FOLLOW_UP_WEIGHTS, place)
        long = follow_up in RUNNING_FOLLOW_UPS
        if self._occurs(0.5):
            upload = moving_upload(
                random_, _CANCELLED_FRAMES if long else max(_MIN_FRAMES, random_.randint(2, 10))
            )
            method: Method = self._weighted_choice(_METHOD_WEIGHTS)
            motions: tuple[str, ...] = ("clip", "still")
        else:
            upload, method, motions = unique_picture(random_, 112), "slash", STILL_MOTIONS
        options: dict[str, Any] = {}
        if method == "slash":
            options = self._options(number) | {"iterations": 1} | self._length()
            if long:
                options |= {"seconds": 6.0, "fps": 8.0}
            if not upload.moves or self._occurs(0.4):
                options["motion"] = random_.choice(motions)
            if self._occurs(0.2):
                options["format"] = random_.choice(("gif", "webp", "avif"))
        if follow_up in _MODERATOR_FOLLOW_UPS or follow_up == "redream":
            options.pop("private", None)
        plan = PlannedRequest(number, at, 0, upload, options, place, follow_up=follow_up, method=method)
        if follow_up == "forget":
            return self._with_data_deletion(plan)
        mask = self._mask(upload) if not upload.moves and self._occurs(0.08) else None
        return replace(plan, mask=mask, delay=random_.uniform(0, 1.5))

    def _length(self) -> dict[str, float]:
        """Draw the options of a short motion."""
        return {"seconds": self._random.choice((0.5, 1.0)), "fps": float(self._random.randint(4, 8))}

    def _follow_up(self, weights: Mapping[FollowUp, int], place: Place) -> FollowUp:
        follow_up: FollowUp = self._weighted_choice(weights)
        if follow_up in _MODERATOR_FOLLOW_UPS and place not in MODERATED_PLACES:
            return "nothing"
        if follow_up == "forget" and "forget" not in self._faults:
            return "nothing"
        if follow_up in (*_MODERATOR_FOLLOW_UPS, "intrude") and "moderators" not in self._faults:
            return "nothing"
        return follow_up

    def _with_data_deletion(self, plan: PlannedRequest) -> PlannedRequest:
        """Have its owner's data deleted while its file is fetched, while it is dreamed, or afterwards."""
        random_ = self._random
        options = dict(plan.options)
        if options:
            options["iterations"] = random_.choice((1, 10, 60))
        fetch_seconds = random_.uniform(0.5, 3.0) if self._occurs(0.5) else 0.0
        return replace(plan, options=options, delay=random_.uniform(0, 3), fetch_seconds=fetch_seconds)

    def _options(self, number: int) -> dict[str, Any]:
        random_ = self._random
        options: dict[str, Any] = {
            "preset": random_.choice(list(PRESETS)),
            "iterations": random_.randint(1, 3),
            "octaves": random_.randint(1, 3),
            "seed": number,
        }
        optional = {
            "size": (0.3, random_.randint(64, 640)),
            "strength": (0.2, round(random_.uniform(0.5, 2.0), 2)),
            "layer": (0.15, random_.choice(self._layers)),
            "keep-colour": (0.1, random_.random() < 0.5),
            "spoiler": (0.1, True),
            "private": (0.2, True),
        }
        for name, (chance, value) in optional.items():
            if self._occurs(chance):
                options[name] = value
        return options

    def _thing(self, place: Place, follow_up: FollowUp) -> dict[str, str]:
        """Draw the option of a thing. Requests whose dream is followed up name none that is refused."""
        random_ = self._random
        if follow_up != "thing" and not self._occurs(0.3):
            return {}
        if follow_up == "nothing" and "bad" in self._faults and self._occurs(0.3):
            return {"of": random_.choice((*REFUSED_THINGS, *AGE_RESTRICTED_THINGS))}
        allowed_here = AGE_RESTRICTED_THINGS if place == "adults" else ()
        return {"of": random_.choice((*DREAMABLE_THINGS, *allowed_here))}

    def _has_guide(self, plan: PlannedRequest) -> bool:
        """Draw whether a request has a guide. The bot refuses one beside a thing."""
        may_have = plan.thing is None or ("bad" in self._faults and plan.follow_up == "nothing")
        return self._occurs(0.08) and may_have

    def _guide(self) -> Upload:
        if "bad" in self._faults and self._occurs(0.15):
            return self._random.choice(self._invalid)
        return unique_picture(self._random, 200)

    def _mask(self, upload: Upload) -> Upload:
        if "bad" in self._faults and self._occurs(0.15):
            return self._random.choice(self._invalid)
        return mask_of(self._random, upload)

    def _weighted_choice(self, weights: Mapping[Any, int]) -> Any:
        return self._random.choices(list(weights), list(weights.values()))[0]

    def _occurs(self, chance: float) -> bool:
        return self._random.random() < chance
