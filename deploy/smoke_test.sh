#!/usr/bin/env bash
# Wait until a service is ready, then ask it for one prediction: deploy/smoke_test.sh https://address [seconds to wait]
#
# SMOKE_KEY holds an API key with the role predict, if the service requires one.
set -euo pipefail
address=${1:?is missing. Usage: deploy/smoke_test.sh https://address [seconds to wait]}
until=$((SECONDS + ${2:-60}))
headers=(--header "Content-Type: application/json")
[ -z "${SMOKE_KEY:-}" ] || headers+=(--header "X-API-Key: $SMOKE_KEY")

until curl --silent --fail --max-time 10 --output /dev/null "$address/health/ready"; do
  [ "$SECONDS" -lt "$until" ] || { echo "$address was not ready in time. Read its log, or wait longer." >&2; exit 1; }
  sleep 2
done
answer=$(curl --silent --show-error --fail --max-time 10 "${headers[@]}" --data '{"text": "what a lovely flight"}' "$address/predict")
grep -q '"probabilities"' <<< "$answer" || { echo "$address returned no probabilities: $answer" >&2; exit 1; }
echo "$answer"
