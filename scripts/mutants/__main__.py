"""Break modules and count which breaks their tests notice: ``python -m scripts.mutants``."""

import argparse
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.mutants.changes import Change, changes
from scripts.mutants.running import TestRuns, copy_repository
from scripts.mutants.targets import TARGETS

_REPOSITORY = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True)
class Score:
    """The result of one module.

    Attributes:
        module: The module's path.
        tried: How many changes were made.
        unnoticed: The changes that its tests let pass.
    """

    module: str
    tried: int
    unnoticed: Sequence[Change]

    @property
    def noticed(self) -> int:
        """How many changes the tests noticed."""
        return self.tried - len(self.unnoticed)

    def __str__(self) -> str:
        return f"{self.module}: {self.noticed} of {self.tried} changes noticed"


def main() -> None:
    """Run what the arguments ask for."""
    arguments = _parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies = [
            copy_repository(_REPOSITORY, Path(folder) / str(number)) for number in range(arguments.jobs)
        ]
        runs = TestRuns(copies)
        scores = []
        for module in arguments.modules or TARGETS:
            scores.append(_score(runs, module, arguments.changes, arguments.seed))
            print(scores[-1], *(f"  {change}" for change in scores[-1].unnoticed), sep="\n", flush=True)
    tried, noticed = sum(score.tried for score in scores), sum(score.noticed for score in scores)
    print(f"All: {noticed} of {tried} changes noticed ({noticed / tried:.0%})")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", help="paths of modules; without any, all that decide")
    parser.add_argument("--changes", type=int, default=40, help="how many changes of each module, at most")
    parser.add_argument("--seed", type=int, default=1, help="which ones are drawn")
    parser.add_argument("--jobs", type=int, default=2, help="how many runs of tests go on at once")
    return parser


def _score(runs: TestRuns, module: str, most: int, seed: int) -> Score:
    found = list(changes(Path(module), (_REPOSITORY / module).read_text("utf-8")))
    drawn = random.Random(f"{seed} {module}").sample(found, min(most, len(found)))
    tests = TARGETS[module]
    noticed = list(runs.noticed(drawn, tests, runs.usual_seconds(tests)))
    unnoticed = [change for change, seen in zip(drawn, noticed, strict=True) if not seen]
    return Score(module, len(drawn), sorted(unnoticed, key=lambda change: change.line))


if __name__ == "__main__":
    main()
