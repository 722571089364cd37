"""A BigQuery API on this machine, for tests and demos: local-bigquery, with three changes.

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
from local_bigquery.grpc import server as storage_server
from local_bigquery.jobs import merge


class WithinTransaction:
    """A cursor that refuses a BEGIN inside a transaction itself.

    local-bigquery opens a transaction for each MERGE and goes on without where one is open already, which it learns
    from DuckDB's refusal. But DuckDB's refusal also spoils the transaction that is open.
    """

    def __init__(self, cursor):
        self._cursor = cursor

    def __getattr__(self, name):
        return getattr(self._cursor, name)

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
    cli.main(arguments)


main()
