"""What the bot itself refuses, and why it may not start.

A refusal's sentence stands in the catalogue of texts, under the name of its class, and names its details.
"""

from typing import ClassVar

from dream_engine.errors import DreamError


class Refusal(DreamError):
    """The base of everything that the bot refuses to a person, through no fault of its own."""

    sentence: ClassVar[str] = ""


class NoPictureRefusal(Refusal):
    """There is no picture in what was pointed at."""


class ForeignHostRefusal(Refusal):
    """The picture does not lie on a host that the bot fetches from."""


class DownloadRefusal(Refusal):
    """The picture could not be fetched.

    Args:
        is_absent: Whether its host says that it is not there, or gives it to nobody.
    """

    def __init__(self, *, is_absent: bool = False) -> None:
        super().__init__()
        self.is_absent = is_absent


class SwitchedOffRefusal(Refusal):
    """Dreaming is switched off in this server."""


class ChannelRefusal(Refusal):
    """Dreaming is not allowed in this channel."""


class RateRefusal(Refusal):
    """This person has dreamed enough for now; ``when`` is the Unix time of the next dream."""


class BadPicturesRefusal(Refusal):
    """Many pictures of this person were refused in a row; ``when`` is the Unix time of the next attempt."""


class OriginalRateRefusal(Refusal):
    """This person has asked for enough originals for now; ``when`` is the Unix time of the next one."""


class WaitingRefusal(Refusal):
    """This person has enough jobs waiting; ``most`` may, and ``when`` is the Unix time to try again at."""


class QueueFullRefusal(Refusal):
    """The whole queue is full; ``when`` is the Unix time at which to try again."""


class SizeRefusal(Refusal):
    """A larger dream was asked for than may be had; ``largest`` is the longest side, in pixels."""


class TooMuchWorkRefusal(Refusal):
    """The dream would take longer than one may; ``minutes`` it would take, ``limit`` it may."""


class NoRoomRefusal(Refusal):
    """The disk is full, or cannot be written; the operator has to see to it."""


class ShuttingDownRefusal(Refusal):
    """The bot is about to stop."""


class NotYoursRefusal(Refusal):
    """The button belongs to somebody else."""


class NotOperatorRefusal(Refusal):
    """Only who runs the bot may do this."""


class BlockedRefusal(Refusal):
    """Who runs the bot does not serve this person."""


class BlockedServerRefusal(Refusal):
    """Who runs the bot does not serve this server."""


class DrainingRefusal(Refusal):
    """No order is taken, because who runs the bot said so."""


class NotManagerRefusal(Refusal):
    """Only who may manage the server may do this."""


class NotInstalledHereRefusal(Refusal):
    """The server has not installed the bot; only this person has."""


class NoLongerKeptRefusal(Refusal):
    """What the button needs is no longer kept."""


class StillComingRefusal(Refusal):
    """The job's picture is being fetched, which cannot be cancelled."""


class OverAlreadyRefusal(Refusal):
    """The job was over before it could be cancelled."""


class UnknownLayerRefusal(Refusal):
    """The backbone has no such layer."""


class UnknownPresetRefusal(Refusal):
    """There is no such preset."""


class OptionRefusal(Refusal):
    """An option was given what it cannot be; ``value`` is what."""


class NotSetRefusal(Refusal):
    """No channel or role of a server's settings was named; ``value`` was."""


class OutdatedRefusal(Refusal):
    """The command is one of before an update."""


class DuplicateInteractionError(Exception):
    """The interaction has made a job already: Discord has sent it twice, and it is answered once."""


class JobGoneError(Exception):
    """The job was deleted meanwhile, by its owner or for them: nothing of it is kept or delivered."""


class StartupError(Exception):
    """The bot cannot start; the message is one line for its operator.

    Args:
        message: What is wrong and what would be right.
        status: The exit status, as ``sysexits.h`` numbers them.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class ConfigurationError(StartupError):
    """A setting is wrong or missing."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status=78)


class UnavailableError(StartupError):
    """Something that the bot needs is not there."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status=69)


class StartFailedError(StartupError):
    """The start ran into something that nobody foresaw.

    Args:
        error: It.
    """

    def __init__(self, error: Exception) -> None:
        reason = " ".join(str(error).split())
        said = f"{type(error).__name__}: {reason}" if reason else type(error).__name__
        super().__init__(
            f"The bot cannot start: {said}. The log tells more with DREAM_LOG_LEVEL=DEBUG.", status=70
        )


class InUseError(UnavailableError):
    """Another bot works in the data directory."""
