import { LorchestraError } from "../../../errors.js";
import type { JsonValue } from "injest";
import { newUlid } from "../../../ids.js";
import type { QueryOptions, QueryResult } from "../../warehouse.js";
import type { Place } from "../address.js";
import { classify } from "../api/classify.js";
import type { Jobs } from "../api/jobs.js";
import type { QueryParameter, RowPage } from "../api/resources.js";
import { cellValue, typeName } from "../api/rows.js";
import { jobId, type Explained, type Statements } from "../api/statements.js";

export interface QueryTools {
  readonly jobs: Jobs;
  readonly statements: Statements;
  readonly place: Place;
  readonly runId: string;
  readonly nowMs: () => number;
}

/** Runs a user's SELECT: explained first, so that it can neither change anything nor cost more than is allowed. */
export async function runQuery(tools: QueryTools, sql: string, options: QueryOptions = {}): Promise<QueryResult> {
  const { jobs, statements, place } = tools;
  const { signal } = options;
  const parameters = (options.parameters ?? []).map(toParameter);
  const attempted = { what: "run the statement", isUserSql: true };
  let explained: Explained;
  try {
    explained = await statements.explain(sql, { signal, parameters });
  } catch (error) {
    throw classify(error, place, attempted);
  }
  check(explained, place);
  try {
    const configuration = statements.configuration(sql, { parameters });
    const id = jobId(tools.runId, "sql", newUlid(tools.nowMs()));
    const job = await jobs.run({ id, configuration, deadlineMs: 3_600_000, signal });
    const pages = statements.pages(job, signal);
    const first = await pages.next();
    const page: RowPage = first.done === true ? {} : first.value;
    const fields = page.schema?.fields ?? [];
    return {
      columns: fields.map((field) => ({ name: field.name, type: typeName(field) })),
      rows: rowsOf(page, pages, place),
    };
  } catch (error) {
    throw classify(error, place, attempted);
  }
}

async function* rowsOf(
  first: RowPage,
  rest: AsyncGenerator<RowPage>,
  place: Place,
): AsyncGenerator<readonly JsonValue[]> {
  const fields = first.schema?.fields ?? [];
  let page: RowPage | undefined = first;
  while (page !== undefined) {
    for (const row of page.rows ?? []) yield fields.map((field, index) => cellValue(row.f[index]?.v, field));
    try {
      const next: IteratorResult<RowPage, void> = await rest.next();
      page = next.done === true ? undefined : next.value;
    } catch (error) {
      throw classify(error, place, { what: "read the result", isUserSql: true });
    }
  }
}

function check(explained: Explained, place: Place): void {
  if (explained.statementType !== "SELECT") {
    throw new LorchestraError("SQL_UNSUPPORTED", `only SELECT statements run here, not ${explained.statementType}`, {
      hint: "use BigQuery's console or `bq query` for statements that change something",
      facts: { statement_type: explained.statementType },
    });
  }
  const limit = place.maximumBytesBilled;
  if (limit !== null && explained.bytes > limit) {
    throw new LorchestraError("WAREHOUSE_COST_LIMIT", `the statement would process ${explained.bytes} bytes`, {
      hint: `ask for fewer columns or rows, or raise warehouse_options.maximum_bytes_billed (${limit})`,
      facts: { bytes: explained.bytes, limit },
    });
  }
}

function toParameter(value: string | number | boolean | null): QueryParameter {
  const type =
    typeof value === "number"
      ? Number.isSafeInteger(value)
        ? "INT64"
        : "FLOAT64"
      : typeof value === "boolean"
        ? "BOOL"
        : "STRING";
  return { parameterType: { type }, parameterValue: { value: value === null ? null : String(value) } };
}
