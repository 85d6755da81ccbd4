"""A worker process that is ready at once, and ends with its pipe."""

from dream_engine.executors.pool.messages import Ready
from dream_engine.executors.process.pipes import read
from dream_engine.executors.process.stdio import Outbox, take_over_stdio


def main() -> None:
    incoming, outgoing = take_over_stdio()
    read(incoming)
    Outbox(outgoing).send(Ready())
    while read(incoming) is not None:
        pass


if __name__ == "__main__":
    main()
