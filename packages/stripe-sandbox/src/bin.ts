import { Command, InvalidArgumentError, Option } from "commander";
import type { Latency } from "./limits/latency.js";
import type { RateLimits } from "./limits/rate-limiter.js";
import type { Fault, FaultRule } from "./faults/fault.js";
import { FAULT_KINDS } from "./faults/fault-plays.js";
import { startSandbox } from "./start-sandbox.js";
import { mensio } from "./scenarios/mensio.js";
import { scale } from "./scenarios/scale.js";
import { SCALED_TYPES, type ScaledType } from "./scenarios/scale-objects.js";
import { empty, type Scenario } from "./scenarios/scenario.js";
import { type Shape, SHAPES } from "./scenarios/shapes.js";

interface Flags {
  scenario: "mensio" | "scale" | "empty";
  port: number;
  host: string;
  seed: number;
  count: number;
  shape: Shape;
  objects: ScaledType[];
  days?: number;
  objectBytes?: number;
  mode: "live" | "test";
  apiVersion?: string;
  latency: Latency;
  rateLimits: RateLimits | "stripe" | "off";
  fault: FaultRule[];
  indent: boolean;
  volatile: boolean;
}

const program = new Command("stripe-sandbox")
  .description("A stateful stand-in for Stripe's API, for demos and tests.")
  .addOption(
    new Option("--scenario <name>", "what the account holds").choices(["mensio", "scale", "empty"]).default("mensio"),
  )
  .option("--port <port>", "port on this machine; 0 for any free one", portNumber, 12111)
  .option("--host <host>", "address to listen on", "127.0.0.1")
  .option("--seed <number>", "seed of the account and of the keys", wholeNumber, 1)
  .option("--count <number>", "scale: objects of each type", wholeNumber, 100_000)
  .addOption(new Option("--shape <shape>", "scale: how they lie in time").choices(SHAPES).default("uniform"))
  .option("--objects <types>", `scale: which types, of ${SCALED_TYPES.join(",")}`, objectTypes, ["payment_intent"])
  .option("--days <number>", "scale: how far back the oldest lies", wholeNumber)
  .option("--object-bytes <number>", "scale: how large each object is made", wholeNumber)
  .addOption(new Option("--mode <mode>", "mode of the account and its keys").choices(["live", "test"]).default("live"))
  .option("--api-version <version>", "the account's own API version, in which its events are rendered")
  .option("--latency <ms>", "time that an answer takes: 300, or 300,0.4 for a lognormal spread", latency, "none")
  .option("--rate-limits <limits>", "stripe, off, or account,endpoint requests a second: 100,25", rateLimits, "stripe")
  .option("--fault <fault>", faultHelp(), collectFaults, [])
  .option("--indent", "indent JSON as Stripe does", false)
  .option("--volatile", "sign links anew at each reading, as Stripe does", false)
  .addHelpText(
    "after",
    `
Examples:
  $ stripe-sandbox --scenario mensio --port 12111
  $ stripe-sandbox --scenario scale --count 1000000 --shape bursty --latency 300,0.4
  $ stripe-sandbox --fault rate-limited:0.05 --fault truncated:0.01 --rate-limits off
  $ curl -u "$KEY:" http://127.0.0.1:12111/v1/customers?limit=3
  $ curl -X POST http://127.0.0.1:12111/_sandbox/live -d '{"days":1}'`,
  )
  .showHelpAfterError("(--help lists the options)");

program.parse();
const flags = program.opts<Flags>();
const sandbox = await startSandbox({
  scenario: scenario(flags),
  port: flags.port,
  host: flags.host,
  seed: flags.seed,
  account: {
    livemode: flags.mode === "live",
    seed: flags.seed,
    ...(flags.apiVersion === undefined ? {} : { apiVersion: flags.apiVersion }),
  },
  latency: flags.latency,
  rateLimits: flags.rateLimits,
  layout: flags.indent ? "indented" : "compact",
  volatile: flags.volatile,
}).catch((error: NodeJS.ErrnoException) => {
  process.stderr.write(
    error.code === "EADDRINUSE"
      ? `port ${flags.port} is in use; choose another with --port\n`
      : `cannot listen on ${flags.host}:${flags.port}: ${error.message}\n`,
  );
  process.exit(1);
});
for (const rule of flags.fault) sandbox.faults.add(rule);

process.stdout.write(`url=${sandbox.url}\nkey=${sandbox.key}\n`);
process.stderr.write(
  `stripe-sandbox serves ${flags.scenario}; Ctrl-C ends it\n` +
    `  STRIPE_API_BASE=${sandbox.url} STRIPE_API_KEY=${sandbox.key}\n`,
);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    void sandbox.close().then(() => process.exit(0));
  });
}

function scenario({ scenario: name, seed, count, shape, objects, days, objectBytes }: Flags): Scenario {
  if (name === "mensio") return mensio({ seed });
  if (name === "empty") return empty;
  return scale({
    count,
    shape,
    seed,
    objectTypes: objects,
    ...(days === undefined ? {} : { days }),
    ...(objectBytes === undefined ? {} : { objectBytes }),
  });
}

function wholeNumber(text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError("It has to be a whole number.");
  return Number(text);
}

function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port > 65_535) throw new InvalidArgumentError("It has to be a port: 0 to 65535.");
  return port;
}

function objectTypes(text: string): ScaledType[] {
  const types = text.split(",");
  const unknown = types.find((type) => !(SCALED_TYPES as readonly string[]).includes(type));
  if (unknown !== undefined) throw new InvalidArgumentError(`"${unknown}" is none of ${SCALED_TYPES.join(", ")}.`);
  return types as ScaledType[];
}

function latency(text: string): Latency {
  const [medianMs = NaN, sigma] = text.split(",").map(Number);
  if (!(medianMs >= 0) || (sigma !== undefined && !(sigma >= 0))) {
    throw new InvalidArgumentError("It has to be ms, or ms,sigma, such as 300 or 300,0.4.");
  }
  return sigma === undefined ? medianMs : { medianMs, sigma };
}

function rateLimits(text: string): RateLimits | "stripe" | "off" {
  if (text === "stripe" || text === "off") return text;
  const [accountPerSecond = NaN, endpointPerSecond = NaN] = text.split(",").map(Number);
  if (!(accountPerSecond > 0) || !(endpointPerSecond > 0)) {
    throw new InvalidArgumentError("It has to be stripe, off, or account,endpoint, such as 100,25.");
  }
  return { accountPerSecond, endpointPerSecond };
}

function collectFaults(text: string, rules: FaultRule[]): FaultRule[] {
  const [, kind = "", probability = "1"] = /^([^:]*)(?::(.+))?$/.exec(text) ?? [];
  const isShare = Number(probability) >= 0 && Number(probability) <= 1;
  if (!(FAULT_KINDS as string[]).includes(kind) || !isShare) {
    throw new InvalidArgumentError(
      `It has to be kind:probability, of 0 to 1, and a kind of ${FAULT_KINDS.join(", ")}.`,
    );
  }
  return [...rules, { fault: { kind } as Fault, match: { probability: Number(probability) } }];
}

function faultHelp(): string {
  return "play a fault on some requests: kind:probability, such as server-error:0.05; may be repeated";
}
