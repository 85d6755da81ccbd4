"""The small changes that a mutation run makes to a module."""

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import cosmic_ray.plugins
import parso.python.tree
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator

_REPLACEMENTS = (
    *(f"Binary{kind}" for kind in ("Operator_Add_Sub", "Operator_Sub_Add", "Operator_Mul_Div")),
    *(f"Binary{kind}" for kind in ("Operator_Div_Mul", "Operator_FloorDiv_Mul", "Operator_Mod_Mul")),
    *(f"Binary{kind}" for kind in ("Operator_Pow_Mul", "Operator_BitOr_BitAnd", "Operator_BitAnd_BitOr")),
    *(f"Comparison{kind}" for kind in ("Operator_Eq_NotEq", "Operator_NotEq_Eq", "Operator_Is_IsNot")),
    *(f"Comparison{kind}" for kind in ("Operator_IsNot_Is", "Operator_Lt_LtE", "Operator_LtE_Lt")),
    *(f"Comparison{kind}" for kind in ("Operator_Gt_GtE", "Operator_GtE_Gt")),
    *("UnaryOperator_USub_UAdd", "UnaryOperator_Delete_Not", "TrueWithFalse", "FalseWithTrue"),
    *("AndWithOr", "OrWithAnd", "BreakWithContinue", "ContinueWithBreak"),
)
"""The replacements of Cosmic Ray that are used: one for each operator, so that none dominates."""
_STATEMENTS = ("atom_expr", "power", "await", "raise_stmt", "del_stmt")


Site: TypeAlias = tuple[Operator, int]
"""An operator, and the index of the occurrence that it changes."""


class RemoveStatement(Operator):  # type: ignore[misc] # Cosmic Ray declares no types
    """Replaces a call, a ``raise``, a ``del``, or an assignment to an attribute or item with ``pass``."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        """Yield the position of a node that is such a statement."""
        if node.parent is not None and node.parent.type == "simple_stmt" and self._is_removable(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Replace it with ``pass``."""
        del index
        return parso.python.tree.Keyword("pass", node.start_pos, node.get_first_leaf().prefix)

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        """No examples. This package's tests have them."""
        return ()

    @staticmethod
    def _is_removable(node: Any) -> bool:
        if node.type == "expr_stmt":  # without an assigned name, a later line would only raise NameError
            return bool(node.children[0].type != "name")
        return node.type in _STATEMENTS


class ReturnNothing(Operator):  # type: ignore[misc] # Cosmic Ray declares no types
    """Replaces a returned value with ``None``."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        """Yield the position of a returned value."""
        if node.type == "return_stmt" and node.children[1].get_code(include_prefix=False) != "None":
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Return ``None``."""
        del index
        node.children[1] = parso.python.tree.Keyword("None", node.children[1].start_pos, " ")
        return node

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        """No examples. This package's tests have them."""
        return ()


@dataclass(frozen=True, slots=True)
class Change:
    """One change to one module.

    Attributes:
        module: The module's file, relative to the repository.
        line: The changed line, from 1.
        before: That line without its indentation.
        after: The line after the change.
        source: The module's whole source after the change.
    """

    module: Path
    line: int
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.before}  →  {self.after}"


def changes(
    module: Path, source: str, choose: Callable[[Sequence[Site]], Sequence[Site]] = lambda sites: sites
) -> Iterator[Change]:
    """Yield changes to a module.

    Args:
        module: The module's file, relative to the repository.
        source: The module's source.
        choose: Chooses the sites to change. By default all.
    """
    for operator, occurrence in choose(list(_sites(source))):
        mutated = mutate_code(source, operator, occurrence)
        if mutated is not None:
            yield _change_between(module, source, mutated)


def _sites(source: str) -> Iterator[Site]:
    """Yield the sites that each operator can change, in the order of the operators."""
    nodes = list(ast_nodes(get_ast(source)))
    for operator in operators():
        positions = [node for node in nodes for _ in operator.mutation_positions(node)]
        for occurrence, node in enumerate(positions):
            if not _is_excluded(node):
                yield operator, occurrence


@cache
def operators() -> tuple[Operator, ...]:
    """The operators that make changes."""
    names = [f"core/Replace{name}" for name in _REPLACEMENTS]
    names += ["core/NumberReplacer", "core/AddNot"]
    return (*(cosmic_ray.plugins.get_operator(name)() for name in names), RemoveStatement(), ReturnNothing())


def _is_excluded(node: Any) -> bool:
    """Whether a node belongs to a type annotation, an import, a decorator or a logging call."""
    while node.parent is not None:
        parent = node.parent
        if parent.type == "annassign" and node is parent.children[1]:
            return True
        if parent.type in ("tfpdef", "import_from", "import_name", "decorator"):
            return True
        if parent.type == "funcdef" and node is parent.annotation:
            return True
        if parent.type == "param" and node is parent.annotation:
            return True
        if node.get_code(include_prefix=False).startswith("_log.") and parent.type == "simple_stmt":
            return True
        node = parent
    return False


def _change_between(module: Path, source: str, mutated: str) -> Change:
    old, new = source.splitlines(), mutated.splitlines()
    for tag, start, stop, new_start, new_stop in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        if tag != "equal":
            before, after = " ".join(old[start:stop]), " ".join(new[new_start:new_stop])
            return Change(module, start + 1, " ".join(before.split()), " ".join(after.split()), mutated)
    raise ValueError("the source was not changed")
