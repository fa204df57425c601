"""The same nodes as SQL: one query for all measures of a kind, or for any expressions.

Engines (`duckdb`, `postgres`, `spark`) run a `SqlProgram`; the compiler itself touches no engine.
"""

from doudi.rules.engines.sql_measures import compile_kind
from doudi.rules.engines.sql_program import AnswerColumns, Shape, SqlProgram, compile_values

__all__ = ["AnswerColumns", "Shape", "SqlProgram", "compile_kind", "compile_values"]
