"""Ray's errors, as short as a person wants to read them."""


def sentence(error: BaseException) -> str:
    """What an error says, in one line.

    Ray tells much behind the first line; where that is a traceback, the last line is the error.
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if any(line.startswith("Traceback") for line in lines):
        return lines[-1]
    return lines[0] if lines else type(error).__name__


def cause(error: BaseException) -> str:
    """What lies behind an error that was raised on another machine: the last line of what Ray tells."""
    return (str(error).splitlines() or [type(error).__name__])[-1]
