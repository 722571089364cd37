import { generateKeyPairSync } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { expect } from "vitest";
import type { Outcome, Rig } from "./rig.js";

/** What no byte that is written may hold, by where it was planted. */
export type Secrets = Record<string, string>;

const PLANTED_FILES = [".env", "lorchestra.yaml", join("home", "credentials.json")];

/** What is secret of a key: Stripe's begin with their kind and their account, which are not. */
export function secretOf(key: string, accountId: string): string {
  const account = accountId.replace("acct_", "");
  return key.slice(key.indexOf(account) === -1 ? "sk_live_".length : key.indexOf(account) + account.length);
}

/** A project with secrets in every place that has any; its home and its temporary files are below its folder. */
export async function plant(rig: Rig): Promise<Secrets> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const secrets = {
    "the key in .env": secretOf(rig.sandbox.key, rig.sandbox.id),
    "another connection's key in the environment": "Zq8vT2mXw9LrB7cNd4KsPf6GhJ3y",
    "the proxy's password": "pa:ss/wo+rd=51 Secret~Proxy%",
    "the private key of a service account": pem.replaceAll(/-----[^-]+-----|\n/g, "").slice(40, 120),
    "the token of a service account": "ya29.Tok3nOf4Service_Account-77",
  };
  const [home, temporary] = [join(rig.directory, "home"), join(rig.directory, "tmp")];
  await mkdir(home, { recursive: true });
  await mkdir(temporary, { recursive: true });
  const credentials = {
    type: "service_account",
    project_id: "local",
    private_key: pem,
    private_key_id: secrets["the token of a service account"],
    client_email: "someone@example.com",
  };
  await writeFile(join(home, "credentials.json"), JSON.stringify(credentials));
  const password = encodeURIComponent(secrets["the proxy's password"]);
  Object.assign(rig.env, {
    HOME: home,
    TMPDIR: temporary,
    OTHER_STRIPE_KEY: `rk_live_51${secrets["another connection's key in the environment"]}`,
    HTTPS_PROXY: `http://someone:${password}@127.0.0.1:9`,
    GOOGLE_APPLICATION_CREDENTIALS: join(home, "credentials.json"),
  });
  await configure(rig);
  return secrets;
}

/** Requests that fail do so at once; a second connection stands beside the first. */
export async function configure(rig: Rig): Promise<void> {
  await rig.configure(`    attempt_timeout_s: 0.3
    request_timeout_s: 0.7
  stripe-other:
    provider: stripe
    api_key_env: OTHER_STRIPE_KEY
`);
}

export const CONNECTION = ["--connection", "stripe-mensio"];

export async function expectNoLeak(outcomes: readonly Outcome[], rig: Rig, secrets: Secrets): Promise<void> {
  expect(leaksIn(await writtenBy(outcomes, rig.directory, PLANTED_FILES), secrets)).toEqual([]);
}

/** A part of a secret is as bad as all of it: any of a dozen characters, or of so many encoded ones, holds one of these. */
const PART = 10;
const PART_ENCODED = 14;
const STRIDE = 3;

/** Where a secret stands in a text, whole or in part, as it is or encoded; empty where it does not. */
export function leaksIn(text: string, secrets: Readonly<Secrets>): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    formsOf(secret)
      .filter(({ part }) => text.includes(part))
      .slice(0, 1)
      .map(({ form, part }) => `${name} (${form}): …${aroundOf(text, part)}…`),
  );
}

function formsOf(secret: string): { form: string; part: string }[] {
  const bytes = (offset: number): Buffer => Buffer.concat([Buffer.alloc(offset, "x"), Buffer.from(secret)]);
  const forms = [
    ...partsOf(secret, PART).map((part) => ({ form: "as it is", part })),
    ...partsOf(encodeURIComponent(secret), PART_ENCODED).map((part) => ({ form: "URL-encoded", part })),
    ...partsOf(Buffer.from(secret).toString("hex"), 2 * PART).map((part) => ({ form: "hex", part })),
    ...[0, 1, 2].flatMap((offset) =>
      (["base64", "base64url"] as const).flatMap((form) =>
        // The first group holds what stood before the secret, the last one what comes after it.
        partsOf(bytes(offset).toString(form).slice(4, -4), PART_ENCODED).map((part) => ({ form, part })),
      ),
    ),
  ];
  return [...new Map(forms.map((form) => [form.part, form])).values()];
}

function partsOf(text: string, length: number): string[] {
  const last = Math.max(0, text.length - length);
  return Array.from({ length: Math.ceil(last / STRIDE) + 1 }, (_, index) => {
    const at = Math.min(index * STRIDE, last);
    return text.slice(at, at + length);
  });
}

function aroundOf(text: string, part: string): string {
  const at = text.indexOf(part);
  return text.slice(Math.max(0, at - 60), at + 20);
}

/** All that commands have written: to their outputs, into every file below the folder but the planted ones, and into tables. */
async function writtenBy(outcomes: readonly Outcome[], folder: string, planted: readonly string[]): Promise<string> {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => !planted.includes(name));
  // A folder cannot be read as a file; a file that is gone by now held what others hold.
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), "latin1").catch(() => "")));
  const databases = files.filter((name) => name.endsWith(".duckdb"));
  const tables = await Promise.all(databases.map((name) => tablesIn(join(folder, name))));
  return [...outcomes.flatMap(({ stdout, stderr }) => [stdout, stderr]), ...names, ...texts, ...tables].join("\n");
}

/** Every row of a DuckDB file: the file itself has them compressed. */
async function tablesIn(path: string): Promise<string> {
  const instance = await DuckDBInstance.create(path, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  try {
    const select = async (sql: string): Promise<string[]> =>
      (await connection.runAndReadAll(sql)).getRowsJson().map(([value]) => value as string);
    const tables = await select(`SELECT format('"{}"."{}"', schema_name, table_name) FROM duckdb_tables()`);
    const texts: string[] = [];
    for (const table of tables) texts.push(...(await select(`SELECT t::VARCHAR FROM ${table} t`)));
    return texts.join("\n");
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
