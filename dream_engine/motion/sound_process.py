"""The program of the child process that reads sound: ``python -m dream_engine.motion.sound_process``."""

from dream_engine.images.child_limits import resource_limits
from dream_engine.images.child_program import begin, error_reply, receive_task, send


def main() -> None:
    """Read the sound of one video from standard input, and send it as a file of its own."""
    incoming, outgoing = begin()
    if (received := receive_task(incoming, outgoing)) is None:
        return
    task, data = received
    try:
        from dream_engine.motion.sound import extract_sound  # noqa: PLC0415 - needs PyAV

        with resource_limits(task["memory"], task["cpu_seconds"]):
            sound = extract_sound(data, task["format"], task["seconds"]) or b""
        send(outgoing, {"sound_bytes": len(sound)}, memoryview(sound))
    except BrokenPipeError:  # the parent has ended
        return
    except Exception as error:  # noqa: BLE001 - decoders raise all kinds of exceptions for broken files
        send(outgoing, error_reply(error))


if __name__ == "__main__":
    main()
