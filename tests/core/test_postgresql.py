"""The database backend: a connection that breaks is an OperationalError, whatever the driver calls it."""

import socket

import psycopg2
import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection


@pytest.mark.django_db(transaction=True)
def test_a_connection_cut_in_mid_query_is_an_operational_error_and_the_next_one_works():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        with socket.socket(fileno=connection.connection.fileno()) as wire:
            wire.shutdown(socket.SHUT_RDWR)
            wire.detach()

        with pytest.raises(OperationalError):
            cursor.execute("SELECT 2")
    connection.close_if_unusable_or_obsolete()

    with connection.cursor() as cursor:
        cursor.execute("SELECT 3")
        assert cursor.fetchone() == (3,)


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (psycopg2.DatabaseError("server closed the connection unexpectedly"), OperationalError),
        (psycopg2.IntegrityError("duplicate key"), IntegrityError),
        (psycopg2.ProgrammingError("no such table"), DatabaseError),
    ],
    ids=["lost", "conflict", "mistake"],
)
@pytest.mark.django_db
def test_only_the_drivers_plain_error_changes(raised, expected):
    with pytest.raises(expected) as caught, connection.wrap_database_errors:
        raise raised

    assert caught.value.__cause__ is raised
    assert isinstance(caught.value, OperationalError) == (expected is OperationalError)
