"""Records which seeds were used on this machine, so that each run tries a new one."""

import secrets
from pathlib import Path

RECORD = Path(__file__).with_name(".seeds-used")
_SEED_COUNT = 10**6


def new_seed(path: Path = RECORD, most: int = _SEED_COUNT) -> int:
    """Draw a seed that was not used before.

    Args:
        path: The file of used seeds.
        most: The exclusive upper bound of seeds.

    Raises:
        ValueError: All seeds were used.
    """
    used = used_seeds(path)
    if used.issuperset(range(most)):
        raise ValueError(f"all {most} seeds were used; delete {path} to start again")
    while (seed := secrets.randbelow(most)) in used:
        pass
    return seed


def record_seed(seed: int, path: Path = RECORD) -> None:
    """Record that a seed is used."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{seed}\n")


def used_seeds(path: Path = RECORD) -> set[int]:
    """The seeds that were used before."""
    return set(map(int, path.read_text("utf-8").split())) if path.exists() else set()
