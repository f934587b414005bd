#!/usr/bin/env bash
# Ask a service whether it is ready and what it says to a tweet: deploy/smoke_test.sh https://address [seconds to wait]
#
# SMOKE_KEY holds an API key with the role predict, where the service asks for one.
set -euo pipefail
address=${1:?the address of the service}
until=$((SECONDS + ${2:-60}))
headers=(--header "Content-Type: application/json")
[ -z "${SMOKE_KEY:-}" ] || headers+=(--header "X-API-Key: $SMOKE_KEY")

until curl --silent --fail --max-time 10 --output /dev/null "$address/health/ready"; do
  [ "$SECONDS" -lt "$until" ] || { echo "$address was not ready in time." >&2; exit 1; }
  sleep 2
done
answer=$(curl --silent --show-error --fail --max-time 10 "${headers[@]}" --data '{"text": "what a lovely flight"}' "$address/predict")
grep -q '"probabilities"' <<< "$answer" || { echo "$address gives no probabilities: $answer" >&2; exit 1; }
echo "$answer"
