"""The page about a mutation run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import describe, format_machine
from scripts.mutants.changes import Change
from scripts.write_tables import table

PAGE = Path(__file__).parent.parent.parent / "docs" / "mutants.md"

_PAGE = """\
# Mutants

```console
$ make mutants SEED={seed}
```

`make mutants` writes this page. It changes one operator, constant, boolean or statement of a module in a copy
of the repository, and then runs that module's tests there. If no test fails, the changed behaviour is not
tested. The changes are chosen at random. This run made at most {most} of each module below;
`scripts/mutants/targets.py` lists all modules that can be chosen.

Some changes have no visible effect, so no test can notice them. They count as unnoticed here.

Measured on {today}: {machine}.

{scores}
"""


@dataclass(frozen=True, slots=True)
class Score:
    """The result of one module.

    Attributes:
        module: The module's path.
        tried: How many changes were made.
        unnoticed: The changes that its tests did not notice.
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


def page(scores: Sequence[Score], seed: int, most: int) -> str:
    """Build the whole page.

    Args:
        scores: The results.
        seed: The seed that the changes were drawn with.
        most: The largest number of changes of each module.
    """
    total = Score("all", sum(s.tried for s in scores), [c for s in scores for c in s.unnoticed])
    rows: list[tuple[str, ...]] = [(f"`{s.module}`", *_figures(s)) for s in scores]
    rows.append(("**all**", *(f"**{figure}**" for figure in _figures(total))))
    return _PAGE.format(
        most=most,
        seed=seed,
        today=datetime.now(UTC).date().isoformat(),
        machine=format_machine(describe(None)),
        scores=table(("module", "changes", "noticed", "share"), rows).strip(),
    )


def _figures(score: Score) -> tuple[str, str, str]:
    return str(score.tried), str(score.noticed), f"{score.noticed / score.tried:.0%}"
