"""Changes modules and counts the changes that their tests notice: ``python -m scripts.mutants``."""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from scripts.mutants.changes import changes
from scripts.mutants.page import PAGE, Score, page
from scripts.mutants.running import TestRuns, copy_repository
from scripts.mutants.targets import TARGETS

_REPOSITORY = Path(__file__).parent.parent.parent
_MIN_SHARE = 0.85


def main() -> None:
    """Run the chosen modules. Fails if too many changes stay unnoticed."""
    arguments = _parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies = [Path(folder) / str(number) for number in range(arguments.jobs)]
        runs = TestRuns([copy_repository(_REPOSITORY, copy) for copy in copies])
        scores = []
        for module in arguments.modules or TARGETS:
            scores.append(_score(runs, module, arguments.changes, arguments.seed))
            print(scores[-1], *(f"  {change}" for change in scores[-1].unnoticed), sep="\n", flush=True)
    tried, noticed = sum(score.tried for score in scores), sum(score.noticed for score in scores)
    print(f"All: {noticed} of {tried} changes noticed ({noticed / tried:.0%})")
    if arguments.write_docs:
        PAGE.write_text(page(scores, arguments.seed, arguments.changes), "utf-8")
    sys.exit(noticed < _MIN_SHARE * tried)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.mutants", description=__doc__)
    parser.add_argument(
        "modules", nargs="*", metavar="MODULE", help="paths of modules (default: all listed ones)"
    )
    parser.add_argument(
        "--changes", type=int, default=40, help="the largest number of changes of each module"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the drawn changes")
    parser.add_argument("--jobs", type=int, default=2, help="how many test runs go on in parallel")
    parser.add_argument("--write-docs", action="store_true", help=f"write docs/{PAGE.name}")
    return parser


def _score(runs: TestRuns, module: str, most: int, seed: int) -> Score:
    rng = random.Random(f"{seed} {module}")
    source = (_REPOSITORY / module).read_text("utf-8")
    drawn = list(changes(Path(module), source, lambda sites: rng.sample(sites, min(most, len(sites)))))
    tests = TARGETS[module]
    noticed = list(runs.noticed(drawn, tests, runs.baseline_seconds(tests)))
    unnoticed = [change for change, seen in zip(drawn, noticed, strict=True) if not seen]
    return Score(module, len(drawn), sorted(unnoticed, key=lambda change: change.line))


if __name__ == "__main__":
    main()
