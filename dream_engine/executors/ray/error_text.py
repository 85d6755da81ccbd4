"""Shortens Ray's error messages to one line."""


def sentence(error: BaseException) -> str:
    """The message of an error in one line.

    Ray adds details behind the first line. If they are a traceback, the last line is the message.
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if any(line.startswith("Traceback") for line in lines):
        return lines[-1]
    return lines[0] if lines else type(error).__name__


def cause(error: BaseException) -> str:
    """The cause of an error that was raised on another machine: the last line of Ray's message."""
    return (str(error).splitlines() or [type(error).__name__])[-1]
