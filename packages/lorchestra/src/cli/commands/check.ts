import { SourceError, type Stream } from "injest";
import type { ConnectionSettings } from "../../config/project.js";
import type { Settings } from "../../config/settings.js";
import { notEnabledAnyMore } from "../../runs/job/job-outcome.js";
import { readStoredState } from "../../runs/read/stored-state.js";
import { scopeOf } from "../../runs/stream-scope.js";
import type { StreamScope } from "../../warehouse/warehouse.js";
import { modeOfKey, readApiKey } from "../api-key.js";
import type { CommandContext } from "../command-context.js";
import type { DefineCommand } from "../command-entry.js";
import { connectionsNamed } from "../named-connections.js";
import { openSource, openWarehouse } from "../compose.js";
import { commonExitCode, EXIT_CODES } from "../exit-code.js";
import { describeFailure, type Failure } from "../failure.js";
import { interruptionBehind } from "../io.js";
import { failureLines } from "../output/failure-lines.js";
import { wrap } from "../output/wrap.js";

export const define: DefineCommand = (command, context) => {
  command
    .option("--connection <name>", "only this connection")
    .addHelpText(
      "after",
      "\nChanges nothing.\n\nExamples:\n  lorchestra check\n  lorchestra check --connection stripe-mensio --json\n",
    )
    .action(({ connection }: { connection?: string }) => check(connection, context));
};

async function check(connection: string | undefined, context: CommandContext): Promise<void> {
  const settings = await context.settings();
  const results: CheckResult[] = [];
  for (const chain of [...connectionChecks(settings, connection, context), [warehouseCheck(settings, context)]])
    results.push(...(await performChain(chain, context)));
  const exitCode = commonExitCode(results.flatMap(({ failure }) => failure?.code ?? [])) ?? EXIT_CODES.ok.code;
  if (context.mode.json) await context.printJson({ checks: results.map(asJson), exit_code: exitCode });
  context.finish(exitCode);
}

/** One check after another, each told as it ends. What follows a failure rests on it, and would only say the same again. */
async function performChain(chain: readonly Check[], context: CommandContext): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of chain) {
    const result = await performed(check, context);
    results.push(result);
    // As with every command, stderr says what is wrong beside a JSON document too.
    if (!context.mode.json || result.failure !== null) await print(result, context);
    if (result.failure !== null) break;
  }
  return results;
}

interface Check {
  readonly name: string;
  /** Returns what is well; throws what is not. */
  perform(): Promise<string>;
}

interface CheckResult {
  readonly name: string;
  readonly detail: string;
  readonly failure: Failure | null;
}

/** A chain of checks for each connection. */
function connectionChecks(settings: Settings, named: string | undefined, context: CommandContext): Check[][] {
  return connectionsNamed(named, settings).map((connection) => checksOf(connection, settings, context));
}

/** The key; then that each stream, and the feed of changes, may be read with it. */
function checksOf(connection: ConnectionSettings, settings: Settings, context: CommandContext): Check[] {
  const { signal, clock } = context.io;
  const open = () => openSource(connection, settings, context, null);
  const key: Check = {
    name: `${connection.name}: key`,
    perform: async () => {
      const apiKey = readApiKey(connection, settings, context.redactor);
      const source = await open();
      const account = await source.check({ signal }).finally(() => source.close());
      const kind = apiKey.startsWith("rk_") ? "restricted key" : "secret key";
      const mode = `${modeOfKey(apiKey) ?? "unknown"} mode`;
      const of = account === null ? ACCOUNT_UNKNOWN : `, of ${account}`;
      return `a ${kind}, ${mode}, in ${connection.apiKeyEnv}${of}`;
    },
  };
  const reading: Check = {
    name: `${connection.name}: permissions`,
    perform: async () => {
      const source = await open();
      try {
        // A window without objects: what is allowed is answered in one small page a stream.
        const now = new Date(clock.wallMs());
        const window = { since: now, until: new Date(now.getTime() + 1_000) };
        const readable: string[] = [];
        const missing: Stream<unknown>[] = [];
        const refusals: SourceError[] = [];
        for (const stream of Object.values(source.streams))
          await unlessForbidden(refusals, async () => {
            if (await isEnabled(stream, { window, signal })) readable.push(stream.name);
            else missing.push(stream);
          });
        await unlessForbidden(refusals, async () => {
          for await (const _ of source.events({ since: now, signal })) break;
        });
        if (refusals.length > 0) throw inOne(refusals);
        if (missing.length === 0) return `may read ${readable.join(", ")} and Stripe's events`;
        const scopes = missing.map((stream) => scopeOf({ source, connection }, stream));
        const lost = await heldOf(scopes, settings, context);
        if (lost.length > 0) throw notEnabledAnyMore({ message: `the account does not have ${namesOf(lost)}` });
        const without = `; the account does not have ${namesOf(scopes)}`;
        return `may read ${readable.join(", ")} and Stripe's events${without}`;
      } finally {
        await source.close();
      }
    },
  };
  return [key, reading];
}

/** No failure: everything can be read. */
const ACCOUNT_UNKNOWN =
  "; it may not read which account it is of: after a change of key a run asks for stored objects instead";

/** Keeps a refusal for later, so that all that may not be read can be told at once; throws what else is in the way. */
async function unlessForbidden(refusals: SourceError[], ask: () => Promise<void>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (!(error instanceof SourceError && error.code === "SOURCE_FORBIDDEN")) throw error;
    refusals.push(error);
  }
}

/** One error of several. Where one is not for a lack of permission, giving the key all of them would not be enough. */
function inOne(refusals: readonly SourceError[]): SourceError {
  const [only, ...others] = refusals;
  if (only !== undefined && others.length === 0) return only;
  const endpoints = refusals.flatMap(({ facts }) => facts.endpoint ?? []);
  const isForWantOfIt = ({ facts }: SourceError): boolean => facts.isPermissionMissing === true;
  const lacking = refusals.filter(isForWantOfIt).flatMap(({ facts }) => facts.permission ?? []);
  const permissions = [...new Set(lacking)].join(", ");
  // Those of others differ in the permission alone that each of them would need besides.
  const other = refusals.find((refusal) => !isForWantOfIt(refusal));
  const grant = `Give the key the permissions ${permissions} in Stripe's dashboard (Developers, API keys), then run again.`;
  return new SourceError("SOURCE_FORBIDDEN", `this key may not read ${endpoints.join(", ")}`, {
    hint: [...(other === undefined ? [] : [other.hint]), ...(permissions === "" ? [] : [grant])].join(" "),
    facts: permissions === "" ? {} : { permission: permissions },
  });
}

/** False where the account lacks the product, which a run skips; throws what else is in the way. */
async function isEnabled(
  stream: Stream<unknown>,
  options: NonNullable<Parameters<Stream<unknown>["estimate"]>[0]>,
): Promise<boolean> {
  try {
    await stream.estimate(options);
    return true;
  } catch (error) {
    if (error instanceof SourceError && error.code === "SOURCE_NOT_ENABLED") return false;
    throw error;
  }
}

function namesOf(scopes: readonly StreamScope[]): string {
  return scopes.map(({ stream }) => stream).join(", ");
}

/** Those of which the warehouse holds something, as a run asks it; none where it does not answer, which its own check tells. */
async function heldOf(
  scopes: readonly StreamScope[],
  settings: Settings,
  { io: { clock, signal } }: CommandContext,
): Promise<StreamScope[]> {
  try {
    await using warehouse = await openWarehouse(settings, { access: "read", testTable: false, clock, signal });
    const held: StreamScope[] = [];
    for (const scope of scopes) if (!(await readStoredState(warehouse, scope)).holdsNothing) held.push(scope);
    return held;
  } catch (error) {
    if (interruptionBehind(error, signal) !== null) throw error;
    return [];
  }
}

function warehouseCheck(settings: Settings, { io: { clock, signal } }: CommandContext): Check {
  return {
    name: "warehouse",
    perform: async () => {
      await using warehouse = await openWarehouse(settings, { access: "read", testTable: false, clock, signal });
      const isThere = await warehouse.exists(signal);
      const { rows } = await warehouse.query("SELECT 1", { signal });
      for await (const _ of rows) break;
      return isThere ? `${warehouse.label} answers` : `${warehouse.label} will be made by the first run`;
    },
  };
}

async function performed({ name, perform }: Check, { io }: CommandContext): Promise<CheckResult> {
  try {
    return { name, detail: await perform(), failure: null };
  } catch (thrown) {
    // It says nothing of what was to be checked, and ends the command.
    if (interruptionBehind(thrown, io.signal) !== null) throw thrown;
    const failure = describeFailure(thrown);
    return { name, detail: failure.message, failure };
  }
}

async function print(
  { name, detail, failure }: CheckResult,
  { io, mode, paint, redactor }: CommandContext,
): Promise<void> {
  if (failure === null) {
    const told = `${name}: ${detail}`;
    // In a pipe a check stays one line, for other programs.
    const [first = "", ...more] = io.stdout.isTerminal ? wrap(told, Math.max(io.stdout.columns - 2, 40)) : [told];
    const lines = [`${paint.stdout.green("✓")} ${first}`, ...more.map((line) => `  ${line}`)];
    if (!mode.quiet) await io.stdout.write(lines.map((line) => `${line}\n`).join(""));
    return;
  }
  const lines = failureLines(failure, {
    paint: paint.stderr,
    columns: io.stderr.columns,
    timeZone: () => io.timeZone(),
    subject: name,
  });
  await io.stderr.write(`${redactor.hideStrictly(lines.join("\n"))}\n`);
}

function asJson({ name, detail, failure }: CheckResult): unknown {
  const error =
    failure === null
      ? null
      : { code: failure.code, message: failure.message, hint: failure.hint, facts: failure.facts };
  return { name, ok: failure === null, detail, error };
}
