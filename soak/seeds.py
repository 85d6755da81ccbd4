"""Which seeds were run on this machine, so that each run tries something new."""

import secrets
from pathlib import Path

RECORD = Path(__file__).with_name(".seeds-used")
_MAX_IDS = 10**6


def new_seed(record: Path = RECORD, most: int = _MAX_IDS) -> int:
    """A seed that was not run before.

    Args:
        record: Where used seeds are noted down.
        most: All seeds are less than this.

    Raises:
        ValueError: There is none left.
    """
    used = used_seeds(record)
    if used.issuperset(range(most)):
        raise ValueError(f"all {most} seeds were run; delete {record} to begin again")
    while (seed := secrets.randbelow(most)) in used:
        pass
    return seed


def note(seed: int, record: Path = RECORD) -> None:
    """Note down that a seed is run."""
    with record.open("a", encoding="utf-8") as file:
        file.write(f"{seed}\n")


def used_seeds(record: Path = RECORD) -> set[int]:
    """The seeds that were run before."""
    return set(map(int, record.read_text("utf-8").split())) if record.exists() else set()
