"""The bot's own refusals, and the errors that keep it from starting.

The catalogue of texts holds a refusal's sentence under a key that is derived from the name of its class. The
sentence can use the error's details.
"""

from typing import ClassVar

from dream_engine.errors import DreamError


class Refusal(DreamError):
    """Base class of the requests that the bot refuses although it works correctly."""

    sentence: ClassVar[str] = ""


class NoPictureRefusal(Refusal):
    """The message contains no picture."""


class ForeignHostRefusal(Refusal):
    """The picture's URL is not on one of the allowed hosts."""


class DownloadRefusal(Refusal):
    """The picture could not be downloaded.

    Args:
        is_absent: Whether the host answered that the picture does not exist or is not accessible.
    """

    def __init__(self, *, is_absent: bool = False) -> None:
        super().__init__()
        self.is_absent = is_absent


class SwitchedOffRefusal(Refusal):
    """Dreams are switched off in this server."""


class ChannelRefusal(Refusal):
    """Dreams are not allowed in this channel."""


class RateRefusal(Refusal):
    """The user's rate limit is exhausted; ``when`` is the Unix time of the next dream."""


class PriceRefusal(RateRefusal):
    """The user has dreams left, but fewer than a motion costs; ``when`` is the Unix time of enough."""


class BadPicturesRefusal(Refusal):
    """Too many of the user's pictures were refused in a row; ``when`` is the Unix time to try again."""


class OriginalRateRefusal(Refusal):
    """The user's rate limit for originals is exhausted; ``when`` is the Unix time of the next one."""


class ComparisonRateRefusal(Refusal):
    """The user compared presets within the last minute; ``when`` is the Unix time of the next comparison."""


class ComparisonRunningRefusal(Refusal):
    """The user's last comparison of presets is not finished."""


class ComparisonBusyRefusal(Refusal):
    """Jobs kept the executor busy for so long that the comparison of presets was given up."""


class NoLastPictureRefusal(Refusal):
    """None of the user's pictures is stored."""


class WaitingRefusal(Refusal):
    """The user already has ``most`` waiting jobs, the maximum; ``when`` is the Unix time to try again."""


class QueueFullRefusal(Refusal):
    """The queue is full; ``when`` is the Unix time to try again."""


class SizeRefusal(Refusal):
    """The requested size is too large; ``largest`` is the maximum longest side, in pixels."""


class TooMuchWorkRefusal(Refusal):
    """The dream would take about ``minutes`` minutes, more than the ``limit``."""


class NoRoomRefusal(Refusal):
    """The data directory cannot be written, for example because the disk is full."""


class MotionSpaceRefusal(Refusal):
    """The frames of the motion would take more than ``limit`` MB of the data directory."""


class ShuttingDownRefusal(Refusal):
    """The bot is shutting down."""


class NotYoursRefusal(Refusal):
    """The button belongs to another user."""


class NotYourPictureRefusal(Refusal):
    """The dream was made from another user's picture, whose original only that user may see."""


class NotOperatorRefusal(Refusal):
    """Only the operator may do this."""


class BlockedRefusal(Refusal):
    """The operator has blocked this user."""


class BlockedServerRefusal(Refusal):
    """The operator has blocked this server."""


class DrainingRefusal(Refusal):
    """The operator has told the bot not to accept new dreams."""


class NotManagerRefusal(Refusal):
    """Only members who can manage the server may do this."""


class NotInstalledHereRefusal(Refusal):
    """The bot is installed for the user, but not in the server."""


class NoLongerKeptRefusal(Refusal):
    """The pictures that the request needs are no longer stored."""


class DetailsGoneRefusal(Refusal):
    """Nothing is stored about the dream any more."""


class StillComingRefusal(Refusal):
    """The job cannot be cancelled while its picture is being downloaded."""


class OverAlreadyRefusal(Refusal):
    """The job ended before it could be cancelled."""


class UnknownLayerRefusal(Refusal):
    """The backbone has no such layer."""


class UnknownPresetRefusal(Refusal):
    """The preset does not exist."""


class UnknownThingRefusal(Refusal):
    """Nothing, or more than one thing, has the name ``thing``.

    ``suggestions`` are names to choose from, or ``none``.
    """


class NeverOfferedThingRefusal(Refusal):
    """The operator does not let the bot dream of the ``thing``."""


class AgeRestrictedThingRefusal(Refusal):
    """The operator lets the bot dream of the ``thing`` only in age-restricted channels."""


class GuidedThingRefusal(Refusal):
    """The request has both a thing and a guide."""


class UnlistedThingRefusal(Refusal):
    """``thing`` was typed where no list of things appears, and resembles none of them."""


class NoThingsRefusal(Refusal):
    """The backbone cannot dream of things."""


class OptionRefusal(Refusal):
    """An option has the invalid value ``value``."""


class LineRefusal(Refusal):
    """A line of a form starts with no known name; ``example`` shows a good one."""


class NumberRefusal(Refusal):
    """``value`` is no whole number from ``low`` to ``high``, as ``field`` has to be."""


class NotSetRefusal(Refusal):
    """``value`` names no channel or role in the server's settings."""


class OutdatedRefusal(Refusal):
    """The user's client sent a command of an earlier version."""


class DuplicateInteractionError(Exception):
    """Discord sent an interaction twice, and the first one has already created a job."""


class JobGoneError(Exception):
    """The job has been deleted, so nothing of it may be stored or delivered any more."""


class StartupError(Exception):
    """The bot cannot start. The message has one line for each problem, for the operator.

    Args:
        message: The problem, and how to solve it.
        status: The exit status, as defined by ``sysexits.h``.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class ConfigurationError(StartupError):
    """A setting is wrong or missing."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status=78)


class UnavailableError(StartupError):
    """A service that the bot needs is unavailable."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status=69)


class StartFailedError(StartupError):
    """The start failed with an unexpected error.

    Args:
        error: The error.
    """

    def __init__(self, error: Exception) -> None:
        reason = " ".join(str(error).split())
        summary = f"{type(error).__name__}: {reason}" if reason else type(error).__name__
        super().__init__(
            f"The bot cannot start: {summary}. Set DREAM_LOG_LEVEL=DEBUG to log the traceback.", status=70
        )


class InUseError(UnavailableError):
    """Another bot uses the data directory."""
