"""A BigQuery API on this machine, for tests and demos: local-bigquery, with five changes.

Options before those of local-bigquery itself:
  --exit-with PID   ends when that process has ended, so that no test run leaves a server behind,
  --remove DIR      and removes this folder then
"""

import contextlib
import os
import shutil
import sys
import threading
import time

import duckdb
from local_bigquery import cli
from local_bigquery.engine import database
from local_bigquery.grpc import server as storage_server
from local_bigquery.jobs import merge, query
from local_bigquery.sql.rules import partitions


class Wrapped:
    """A cursor of which a subclass changes something."""

    def __init__(self, cursor):
        self._cursor = cursor

    def __getattr__(self, name):
        return getattr(self._cursor, name)


class WithinTransaction(Wrapped):
    """Refuses a BEGIN inside a transaction itself.

    local-bigquery opens a transaction for each MERGE and goes on without where one is open already, which it learns
    from DuckDB's refusal. But DuckDB's refusal also spoils the transaction that is open.
    """

    def _moment(self):
        # Stands still inside a transaction, and only there.
        return self._cursor.execute("SELECT epoch_us(now())").fetchone()

    def execute(self, sql, *arguments):
        if sql == "BEGIN" and self._moment() == self._moment():
            raise duckdb.TransactionException("a transaction is open already")
        return self._cursor.execute(sql, *arguments)


def merge_within_transactions():
    run = merge.run
    merge.run = lambda cursor, tree, context: run(WithinTransaction(cursor), tree, context)


class WithoutTemporaryTables(Wrapped):
    """Knows that there are none, where to look for them would be to look at every table."""

    def sql(self, sql, *arguments, **options):
        if sql == "SELECT table_name FROM duckdb_tables() WHERE temporary":
            sql = "SELECT '' WHERE FALSE"
        return self._cursor.sql(sql, *arguments, **options)


def look_up_by_name():
    """Finds datasets, tables and columns in DuckLake's own tables.

    local-bigquery looks for them in duckdb_schemas(), duckdb_tables() and duckdb_columns(), which go through all tables of
    all datasets, the kept results of earlier queries too: with 30 datasets a request took a second.
    """
    execute, fetch = query.execute, database.fetch

    def lake(project_id):
        return database.quote(f"__ducklake_metadata_{project_id}")

    def objects(project_id, dataset_id, table_id=None):
        if project_id == "emulator":
            try:
                fetch(f"FROM {database.quote(project_id, dataset_id, table_id)} LIMIT 0")
            except duckdb.CatalogException:
                return []
            return [(table_id, "TABLE", 0)]
        if project_id not in database._attached:
            return []
        of_kind = (
            f"SELECT T.{kind}_name, '{kind.upper()}', 0 FROM {lake(project_id)}.ducklake_{kind} AS T "
            f"JOIN {lake(project_id)}.ducklake_schema AS S USING (schema_id) "
            "WHERE T.end_snapshot IS NULL AND S.end_snapshot IS NULL "
            f"AND S.schema_name = $1 AND T.{kind}_name = coalesce($2, T.{kind}_name)"
            for kind in ("table", "view")
        )
        return fetch(" UNION ALL ".join(of_kind) + " ORDER BY 1", [dataset_id, table_id])

    def datasets(project_id, dataset_id):
        return fetch(
            f"SELECT 1 FROM {lake(project_id)}.ducklake_schema WHERE end_snapshot IS NULL AND schema_name = ?",
            [dataset_id],
        )

    def required_columns(project_id, dataset_id, table_id):
        return fetch(
            f"SELECT C.column_name FROM {lake(project_id)}.ducklake_column AS C "
            f"JOIN {lake(project_id)}.ducklake_table AS T USING (table_id) "
            f"JOIN {lake(project_id)}.ducklake_schema AS S USING (schema_id) "
            "WHERE C.end_snapshot IS NULL AND T.end_snapshot IS NULL AND S.end_snapshot IS NULL "
            "AND C.parent_column IS NULL AND NOT C.nulls_allowed AND S.schema_name = ? AND T.table_name = ?",
            [dataset_id, table_id],
        )

    def fetch_by_name(sql, params=None):
        if params and params[0] in database._attached:
            if sql.startswith("SELECT column_name FROM duckdb_columns()"):
                return required_columns(*params)
            if sql.startswith("SELECT 1 FROM duckdb_schemas()"):
                return datasets(*params)
        return fetch(sql, params)

    database.objects = objects
    database.fetch = fetch_by_name
    query.execute = lambda cursor, *arguments, **options: execute(
        WithoutTemporaryTables(cursor), *arguments, **options
    )
    # Tables that are partitioned by the time of loading have a hidden column; nothing here makes one.
    partitions._hidden = lambda table: False


def define_one_at_a_time():
    """Of DDL statements that come at once DuckLake commits one and tries the others again, for a second and more."""
    lock, execute = threading.Lock(), database.execute

    def execute_in_turn(sql, params=None):
        with lock if sql.startswith(("CREATE", "DROP", "ALTER")) else contextlib.nullcontext():
            execute(sql, params)

    database.execute = execute_in_turn


def leave_out_storage_api():
    """Nothing here speaks gRPC, and its port could be taken."""
    storage_server.start = lambda *_: (contextlib.nullcontext(), 0)
    contextlib.nullcontext.stop = lambda *_: None


def exit_with(pid, folder):
    def watch():
        while True:
            time.sleep(1)
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                shutil.rmtree(folder, ignore_errors=True)
                os._exit(0)
            except PermissionError:
                pass

    threading.Thread(target=watch, daemon=True).start()


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ["--exit-with"]:
        _, pid, _, folder, *arguments = arguments
        exit_with(int(pid), folder)
    merge_within_transactions()
    leave_out_storage_api()
    look_up_by_name()
    define_one_at_a_time()
    cli.main(arguments)


main()
