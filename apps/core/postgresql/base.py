"""Django's PostgreSQL backend, with lost connections told apart from mistakes.

Where the server dies while a query runs, psycopg2 raises a plain ``DatabaseError`` ("server closed the connection
unexpectedly"): no subclass, so whoever waits for ``OperationalError`` (503 and Retry-After, another try) misses it.
"""

from types import TracebackType

from django.db.backends.postgresql import base
from django.db.utils import DatabaseErrorWrapper, OperationalError
from django.utils.functional import cached_property


class ErrorWrapper(DatabaseErrorWrapper):
    """Raises Django's errors for the driver's; a plain DatabaseError of the driver becomes an OperationalError."""

    wrapper: "DatabaseWrapper"

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_value is not None and exc_type is self.wrapper.Database.DatabaseError:
            self.wrapper.errors_occurred = True  # Django closes the connection at the end of the request
            raise OperationalError(*exc_value.args).with_traceback(traceback) from exc_value
        super().__exit__(exc_type, exc_value, traceback)


class DatabaseWrapper(base.DatabaseWrapper):
    @cached_property
    def wrap_database_errors(self) -> ErrorWrapper:
        return ErrorWrapper(self)
