"""Compiling logic: a deciding value first, then unknown, then error. SQL's own AND and OR already do the first two."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from doudi.rules.engines.sql_cells import Cell, any_cause, deepest, heaviest, strict, unknown_among
from doudi.rules.engines.sql_frames import Frame
from doudi.rules.engines.sql_plan import Plan
from doudi.rules.engines.sql_words import Sql, case, either, every, is_known, no, no_cause, tight
from doudi.rules.nodes import And, Choose, Not, Or


def compile_not(frame: Frame, node: Not) -> Cell:
    """`!a`."""
    term = frame.light(node.term)
    return strict([term], no(term.value), weight=1)


def compile_and(frame: Frame, node: And) -> Cell:
    """`a && b && c`."""
    return kleene(every, [frame.light(term) for term in node.terms])


def compile_or(frame: Frame, node: Or) -> Cell:
    """`a || b || c`."""
    return kleene(either, [frame.light(term) for term in node.terms])


def kleene(join: Callable[..., Sql], terms: Sequence[Cell]) -> Cell:
    """All terms joined by AND or OR: an error shows only where no term decides and none is unknown."""
    value = join(*(term.value for term in terms))
    total = heaviest(terms) + len(terms)
    given = any_cause(terms)
    if given is None:
        return Cell(value, None, deepest(terms), total, all(term.known for term in terms))
    decided = is_known(tight(value))
    unknowns = unknown_among(terms)
    cause = case((either(decided, *unknowns), no_cause()), otherwise=given)
    return Cell(value, cause, deepest(terms), 3 * total)


def compile_choose(frame: Frame, node: Choose) -> Cell:
    """`c ? a : b`; a plain ELSE would turn an unknown condition into b. Of lists: `sql_elements`."""
    condition = frame.light(node.condition)
    then, otherwise = frame.light(node.then), frame.light(node.otherwise)
    cells = [condition, then, otherwise]
    value = case((condition.value, then.value), (no(condition.value), otherwise.value))
    given = None
    if any_cause(cells) is not None:
        branches = [
            (condition.value, then.cause or no_cause()),
            (no(condition.value), otherwise.cause or no_cause()),
        ]
        given = case(*branches, otherwise=condition.cause or no_cause())
    known = all(cell.known for cell in cells)
    return Cell(value, given, deepest(cells), 2 * heaviest(cells) + 4, known)


Plan.compilers |= {Not: compile_not, And: compile_and, Or: compile_or, Choose: compile_choose}
