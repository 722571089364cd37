import nodeApi from "@duckdb/node-api";
import nodeBindings from "@duckdb/node-bindings";

/** What is used of DuckDB's client, which is CommonJS: by names, an unbundled start would have Node search a hundred files for them. */
export const {
  DOUBLE,
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBIntervalValue,
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
} = nodeApi;

export const bindings = nodeBindings;
