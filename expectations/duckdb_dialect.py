"""DuckDB for Great Expectations, which closes a connection before it fetches: results are kept in memory.

https://docs.sqlalchemy.org/en/20/core/internals.html#sqlalchemy.engine.ExecutionContext.post_exec
"""

from duckdb_sqlalchemy import Dialect, DuckDBExecutionContext
from sqlalchemy.dialects import registry
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy


class BufferedExecutionContext(DuckDBExecutionContext):
    def post_exec(self) -> None:
        super().post_exec()
        if self.cursor.description:
            rows = self.cursor.fetchall()
            self.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(self.cursor, initial_buffer=rows)


class BufferedDialect(Dialect):
    driver = "buffered"
    supports_statement_cache = True
    execution_ctx_cls = BufferedExecutionContext


def register() -> None:
    """Let SQLAlchemy open `duckdb+buffered:///<file>`."""
    registry.register("duckdb.buffered", __name__, BufferedDialect.__name__)
