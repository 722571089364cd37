import { createRequire } from "node:module";
import type * as NodeApi from "@duckdb/node-api";
import type * as NodeBindings from "@duckdb/node-bindings";

const require = createRequire(import.meta.url);

/**
 * What is used of DuckDB's client. It is CommonJS in a hundred files, each of which `import` would have Node search for the
 * names that it exports: 50 ms of every start that `require` does not take.
 */
export const {
  DOUBLE,
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTableFunction,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBVarCharType,
  LIST,
  listValue,
  StatementType,
  VARCHAR,
} = require("@duckdb/node-api") as typeof NodeApi;

export const bindings = require("@duckdb/node-bindings") as typeof NodeBindings;
