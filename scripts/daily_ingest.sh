#!/usr/bin/env bash
# Brings the day's changes into the warehouse: for cron, systemd timers, or by hand.
#
#   15 6 * * *  /path/to/lorchestra/scripts/daily_ingest.sh >>"$HOME/lorchestra.log" 2>&1
#
# It works from any working directory, without a terminal and with cron's short PATH. Its exit code is lorchestra's own
# (`lorchestra help exit-codes`): 0 only when no job failed and nothing went into quarantine, 6 when an earlier start still runs.
# Arguments are passed on, for example --quiet, or --config /etc/lorchestra/lorchestra.yaml.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
command=$root/packages/lorchestra/bin/lorchestra.js

# cron's PATH is /usr/bin:/bin; Node may live elsewhere. NODE names one outright.
node=${NODE:-}
if [ -z "$node" ]; then
  for candidate in node /usr/local/bin/node /opt/homebrew/bin/node "${HOME:-}"/.local/bin/node \
    "${HOME:-}"/.volta/bin/node "${HOME:-}"/.nvm/versions/node/*/bin/node "${HOME:-}"/.local/share/fnm/aliases/default/bin/node; do
    # Too old a Node is passed over: the package needs 20.19.
    if "$candidate" -e 'const [a, b] = process.versions.node.split("."); process.exit(a * 1 > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null; then
      node=$candidate
      break
    fi
  done
fi
if [ -z "$node" ]; then
  echo 'daily_ingest.sh: no Node 20.19 or later was found; name one in NODE' >&2
  exit 5
fi

# The configuration and .env are found from here. One call: the four jobs share Stripe's rate limit and one lock.
cd "$root"
exec "$node" "$command" run \
  stripe_ingest_customers \
  stripe_ingest_invoices \
  stripe_ingest_payment_intents \
  stripe_ingest_refunds \
  "$@"
