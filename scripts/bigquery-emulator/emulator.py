"""A BigQuery API on this machine, for tests and demos: local-bigquery, with eleven changes.

Options before those of local-bigquery itself:
  --exit-with PID   ends when that process has ended, so that no test run leaves a server behind,
  --remove DIR      and removes this folder then
"""

import contextlib
import gc
import os
import shutil
import sys
import threading
import time

import duckdb
from local_bigquery import cli
from local_bigquery.catalog import metadata, row_access
from local_bigquery.engine import database
from local_bigquery.grpc import server as storage_server
from local_bigquery.jobs import merge, query, store
from local_bigquery.settings import settings
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


def keep_in_duckdb():
    """Keeps a project in a DuckDB database of its own, not in DuckLake.

    DuckLake writes Parquet files and rows of a catalogue for each statement that changes something, and reads the whole
    catalogue again after each CREATE, one of which took 500 ms in a test run. DuckDB takes 1 ms, and what tests see is
    the same: transactions that roll back, a conflict for whoever changes the same row second, nothing lost by a kill.
    """

    def attach(con, project_id):
        # Tables here are small: a second thread would cost more than it does.
        con.execute("SET threads = 1")
        path = settings.data_dir / f"{project_id}.duckdb"
        con.execute(f"ATTACH IF NOT EXISTS '{path}' AS {database.quote(project_id)}")
        database._attached.add(project_id)

    database._attach = attach
    database.projects = lambda: sorted(database._attached)


def keep_cursors():
    """Asks the catalogue with one cursor a thread: each question had a new one, which DuckDB makes as a connection."""
    own = threading.local()

    def cursor():
        if not hasattr(own, "cursor"):
            own.cursor = database.connection().cursor()
        return own.cursor

    database.fetch = metadata.fetch = lambda sql, params=None: cursor().execute(sql, params).fetchall()
    database.execute = metadata.execute = lambda sql, params=None: cursor().execute(sql, params) and None


def look_up_by_name():
    """Finds a table by its name.

    local-bigquery looks for one in duckdb_tables() and duckdb_columns(), which go through all tables of all datasets,
    the kept results of earlier queries too: 20 ms with 2,000 of them, where to look into the table takes half of one.
    """
    execute, fetch, objects = query.execute, database.fetch, database.objects

    def objects_by_name(project_id, dataset_id, table_id=None):
        if table_id is None:
            return objects(project_id, dataset_id)
        try:
            fetch(f"FROM {database.quote(project_id, dataset_id, table_id)} LIMIT 0")
        except (duckdb.CatalogException, duckdb.BinderException):
            return []
        view = "SELECT 1 FROM duckdb_views() WHERE database_name = ? AND schema_name = ? AND view_name = ?"
        return [(table_id, "VIEW" if fetch(view, [project_id, dataset_id, table_id]) else "TABLE", 0)]

    def fetch_by_name(sql, params=None):
        if not sql.startswith("SELECT column_name FROM duckdb_columns()"):
            return fetch(sql, params)
        try:
            columns = fetch(f"DESCRIBE {database.quote(*params)}")
        except duckdb.CatalogException:
            return []
        return [(name,) for name, _, nullable, *_ in columns if nullable == "NO"]

    database.objects = objects_by_name
    database.fetch = fetch_by_name
    query.execute = lambda cursor, *arguments, **options: execute(
        WithoutTemporaryTables(cursor), *arguments, **options
    )
    # Tables that are partitioned by the time of loading have a hidden column; nothing here makes one.
    partitions._hidden = lambda table: False


def remember_jobs():
    """Keeps jobs in memory, for as long as it runs: to write each into a database three times took a tenth of its time."""
    jobs = {}

    def save(job):
        jobs[job.jobReference.projectId, job.jobReference.jobId] = job
        return job

    def list_(project_id, states=None, parent_job_id=None, earliest=None, latest=None):
        listed = [
            (-int(job.statistics.creationTime), job_id, job)
            for (project, job_id), job in list(jobs.items())
            if project == project_id
            and job.statistics.parentJobId == parent_job_id
            and (states is None or job.status.state in states)
            and (earliest is None or int(job.statistics.creationTime) >= earliest)
            and (latest is None or int(job.statistics.creationTime) <= latest)
        ]
        return [job for _, _, job in sorted(listed)]

    def delete(project_id, job_id):
        for key, job in list(jobs.items()):
            if key[0] == project_id and job_id in (key[1], job.statistics.parentJobId):
                del jobs[key]

    store.save = save
    store.load = lambda project_id, job_id: jobs.get((project_id, job_id))
    store.list_ = list_
    store.delete = delete


def know_that_all_may_read():
    """Nothing here makes a policy of who may read which rows, and each statement looked for one twice."""
    row_access.secured = frozenset


def define_one_at_a_time():
    """Of two CREATEs of one table at once DuckDB calls the second a conflict, where BigQuery says that it exists already."""
    lock, execute = threading.Lock(), database.execute

    def execute_in_turn(sql, params=None):
        with lock if sql.startswith(("CREATE", "DROP", "ALTER")) else contextlib.nullcontext():
            execute(sql, params)

    database.execute = execute_in_turn


def leave_out_storage_api():
    """Nothing here speaks gRPC, and its port could be taken."""
    storage_server.start = lambda *_: (contextlib.nullcontext(), 0)
    contextlib.nullcontext.stop = lambda *_: None


def know_that_there_is_no_pandas():
    """For each parameter of a statement DuckDB looks for pandas, through all folders when it is not installed: 1 ms."""
    sys.modules["pandas"] = None


def collect_seldom():
    """Statements are trees of thousands of objects, and what is imported stays: to look through both all the time finds little."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


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
    keep_in_duckdb()
    keep_cursors()
    look_up_by_name()
    remember_jobs()
    know_that_all_may_read()
    define_one_at_a_time()
    know_that_there_is_no_pandas()
    collect_seldom()
    cli.main(arguments)


main()
