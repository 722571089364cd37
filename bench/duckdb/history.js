import { createHash } from "node:crypto";

const SLICES = 30;
const SECONDS_APART = 30;
const NEWEST = 1_760_000_000;

/** What the rows of the bench belong to. */
export const SCOPE = {
  sourceSystem: "stripe",
  connectionName: "stripe-bench",
  stream: "payment_intents",
  objectType: "payment_intent",
};

/**
 * Pages of a hundred payment intents with what they list, as a backfill brings them: from thirty slices of the history at
 * once, 25 pages a second. Every object of the same number is the same in each reading.
 */
export function* historyPages(rows, reading) {
  const slice = Math.ceil(rows / SLICES);
  const next = Array.from({ length: SLICES }, (_, index) => index * slice);
  const begunMs = (NEWEST + reading * SECONDS_APART * rows) * 1000;
  for (let turn = 0, done = 0; done < rows; turn += 1) {
    const index = turn % SLICES;
    const from = next[index];
    const until = Math.min(from + 100, rows, (index + 1) * slice);
    if (from >= until) continue;
    next[index] = until;
    done += until - from;
    const readAt = new Date(begunMs + (turn + 1) * 40);
    const changes = Array.from({ length: until - from }, (_, offset) => change(from + offset, readAt));
    yield { changes, listed: [{ range: { from: created(until - 1), until: created(from - 1) }, alsoPresent: [] }] };
  }
}

function created(number) {
  return NEWEST - number * SECONDS_APART;
}

/** A payment intent of 1.36 KB; as a source's record, its text is decoded only when it is asked for. */
function change(number, readAt) {
  const token = createHash("sha256").update(String(number)).digest("base64url");
  const id = `pi_3${token.slice(0, 23)}`;
  const bytes = Buffer.from(
    `{"id":"${id}","object":"payment_intent","amount":${1000 + (number % 90000)},"amount_capturable":0,"amount_details":{"tip":{}},"amount_received":${1000 + (number % 90000)},"application":null,"application_fee_amount":null,"automatic_payment_methods":{"enabled":true},"canceled_at":null,"cancellation_reason":null,"capture_method":"automatic","client_secret":"${id}_secret_${token.slice(5, 30)}","confirmation_method":"automatic","created":${created(number)},"currency":"cad","customer":"cus_${token.slice(20, 34)}","description":"Session ${number}","invoice":"in_1${token.slice(3, 26)}","last_payment_error":null,"latest_charge":"ch_3${token.slice(12, 35)}","livemode":true,"metadata":{"client_ref":"${token.slice(30, 40)}"},"next_action":null,"on_behalf_of":null,"payment_method":"pm_1${token.slice(9, 32)}","payment_method_configuration_details":null,"payment_method_options":{"card":{"installments":null,"mandate_options":null,"network":null,"request_three_d_secure":"automatic"}},"payment_method_types":["card"],"processing":null,"receipt_email":"client${number}@example.com","review":null,"setup_future_usage":null,"shipping":null,"source":null,"statement_descriptor":null,"statement_descriptor_suffix":null,"status":"succeeded","transfer_data":null,"transfer_group":null,"excluded_payment_method_types":null,"payment_details":{"customer_reference":null,"order_reference":"${token.slice(7, 19)}"},"hooks":{"inputs":{"tax":{"calculation":null}}}}`,
  );
  return {
    op: "upsert",
    id,
    record: {
      get json() {
        return bytes.latin1Slice();
      },
      bytes,
      sizeBytes: bytes.length,
      contentHash: createHash("sha256").update(id).digest("hex"),
      parse: () => JSON.parse(bytes.latin1Slice()),
    },
    readAt,
    created: created(number),
    apiVersion: "2026-10-28.endive",
    requestId: `req_${number - (number % 100)}`,
  };
}
