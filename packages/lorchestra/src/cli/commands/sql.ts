import type { QueryResult } from "../../warehouse/warehouse.js";
import { LorchestraError } from "../../errors.js";
import type { CommandContext } from "../command-context.js";
import type { DefineCommand } from "../command-entry.js";
import { openWarehouse } from "../compose.js";
import { type ExitCode, exitCodeOfInterruption } from "../exit-code.js";
import { describeFailure, type Failure } from "../failure.js";
import { interruptionBehind } from "../io.js";
import { csvRecord } from "../output/csv.js";
import { counted } from "../output/figures.js";
import { printFailure } from "../output/print-failure.js";
import { tableLines } from "../output/table.js";

export const define: DefineCommand = (command, context) => {
  command
    .argument("<statement>", "one statement in BigQuery's dialect; - reads it from standard input")
    .option("--csv", "print CSV, with NULL as an empty field")
    .addHelpText("after", EXAMPLES)
    .action(async (statement: string, flags: { csv?: true }) => {
      if (flags.csv && context.mode.json)
        throw new LorchestraError("USAGE_INVALID", "--csv and --json exclude each other", {
          hint: "Give one of them.",
        });
      const sql = statement === "-" ? await context.io.readInput() : statement;
      if (sql.trim() === "")
        throw new LorchestraError("USAGE_INVALID", "the statement is empty", {
          hint: 'For example: lorchestra sql "SELECT COUNT(*) FROM events_dev.raw_objects"',
        });
      await runStatement(sql, flags.csv ?? false, context);
    });
};

const EXAMPLES = `
Examples:
  lorchestra sql "SELECT object_type, COUNT(*) AS count FROM events_dev.raw_objects GROUP BY 1"
  lorchestra sql --csv "SELECT external_id, JSON_VALUE(payload, '$.email') AS email FROM events_dev.raw_objects"
  lorchestra sql - < report.sql
`;

async function runStatement(sql: string, csv: boolean, context: CommandContext): Promise<void> {
  const settings = await context.settings();
  const { clock, signal } = context.io;
  await using warehouse = await openWarehouse(settings, { access: "read", testTable: false, clock, signal });
  const result = await warehouse.query(sql, { signal });
  refuseSameNames(result);
  if (context.mode.json) await printJsonRows(result, context);
  else if (csv) await printCsv(result, context);
  else await printTable(result, context);
}

/** As BigQuery does: a row is an object by column name, in which one would hide the other. */
function refuseSameNames({ columns }: QueryResult): void {
  const names = columns.map(({ name }) => name.toLowerCase());
  const twice = columns.find(({ name }, index) => names.indexOf(name.toLowerCase()) !== index);
  if (twice === undefined) return;
  throw new LorchestraError("SQL_INVALID", `two columns of the result are named \`${twice.name}\``, {
    hint: "give one another name with AS; of a star leave it out with * EXCEPT (...)",
  });
}

/** A line a row, as rows come; a failure midway still ends in one whole document. */
async function printJsonRows(result: QueryResult, context: CommandContext): Promise<void> {
  const { io, redactor } = context;
  await io.stdout.write(`{\n  "columns": ${JSON.stringify(result.columns)},\n  "rows": [`);
  let count = 0;
  let end: DocumentEnd | null = null;
  try {
    for await (const row of result.rows) {
      if (io.stdout.isClosed) return;
      const named = Object.fromEntries(result.columns.map(({ name }, index) => [name, row[index] ?? null]));
      await io.stdout.write(`${count === 0 ? "" : ","}\n    ${JSON.stringify(named)}`);
      count += 1;
    }
  } catch (thrown) {
    end = await endOf(thrown, context);
    context.finish(end.exit_code);
  }
  const rest = redactor.hideStrictly(JSON.stringify({ row_count: count, ...end }).slice(1));
  await io.stdout.write(`${count === 0 ? "" : "\n  "}],\n  ${rest}\n`);
}

/** How a document ends whose rows broke off. */
interface DocumentEnd {
  readonly status: "interrupted" | "failed";
  readonly exit_code: ExitCode;
  readonly error: Pick<Failure, "code" | "message" | "hint" | "facts"> | null;
}

/** Of a failure stderr tells too, as with every command. */
async function endOf(thrown: unknown, context: CommandContext): Promise<DocumentEnd> {
  const interruption = interruptionBehind(thrown, context.io.signal);
  if (interruption !== null)
    return { status: "interrupted", exit_code: exitCodeOfInterruption(interruption), error: null };
  const failure = describeFailure(thrown);
  await printFailure(failure, context);
  const { code, message, hint, facts, exitCode } = failure;
  return { status: "failed", exit_code: exitCode, error: { code, message, hint, facts } };
}

async function printCsv(result: QueryResult, { io }: CommandContext): Promise<void> {
  await io.stdout.write(csvRecord(result.columns.map((column) => column.name)));
  for await (const row of result.rows) {
    if (io.stdout.isClosed) return;
    await io.stdout.write(csvRecord(row));
  }
}

/** On a terminal a cell is cut where it would push the others out of sight; in a pipe nothing is. */
const TERMINAL_CELL_LIMIT = 80;

async function printTable(result: QueryResult, { io, paint, mode }: CommandContext): Promise<void> {
  const names = result.columns.map((column) => column.name);
  const style = { paint: paint.stdout, cellLimit: io.stdout.isTerminal ? TERMINAL_CELL_LIMIT : null };
  let lines = 0;
  for await (const line of tableLines(names, result.rows, style)) {
    if (io.stdout.isClosed) return;
    await io.stdout.write(`${line}\n`);
    lines += 1;
  }
  if (io.stderr.isTerminal && !mode.quiet) await io.stderr.write(`${paint.stderr.dim(counted(lines - 1, "row"))}\n`);
}
