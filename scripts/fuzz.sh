#!/usr/bin/env bash
# Throws generated requests at the real program on the store of a story, by its own OpenAPI document, as a guest, a citizen and an officer:
# no 500, no status, content type or shape that the document does not tell. FUZZ_SECONDS is the time for all three together.
set -euo pipefail

program=${QIANHAI_BIN:?names the built program}
seconds=${FUZZ_SECONDS:-180}
seed=${FUZZ_SEED:-$RANDOM}
version=4.32.5
venv=${FUZZ_VENV:-target/fuzz/venv}

if [ "$("$venv/bin/schemathesis" --version 2>/dev/null | grep -o '[0-9.]*$')" != "$version" ]; then
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"
fi

schemathesis=$(realpath "$venv/bin/schemathesis")
work=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
program=$(realpath "$program")
# What the fuzzer leaves behind goes with the folder.
cd "$work"
url=http://127.0.0.1:$port
export QIANHAI_STORE=$work/store QIANHAI_LOG=warn
case=$("$program" --json story instant-registration --keep "$QIANHAI_STORE" | python3 -c 'import json, sys; print(json.load(sys.stdin)["case"])')
# The cast of the story.
"$program" accounts add lin.xiaoyu --name 林晓雨 --id-number 440399199203181026 >/dev/null
"$program" accounts add officer.huang --name 黄立群 --agency market-regulation >/dev/null
"$program" serve --listen "127.0.0.1:$port" >"$work/serve.out" 2>"$work/serve.log" &
server=$!
until curl -sf -o /dev/null "$url/healthz"; do
  kill -0 "$server" || { cat "$work/serve.log"; exit 1; }
  sleep 0.2
done

# Who is logged in asks for a service and a case that there are; a guest for whatever is made up.
printf '[parameters]\n"path.id" = "%s"\n"path.slug" = "instant-registration"\n"path.service" = "instant-registration"\n' "$case" >"$work/known.toml"
for who in lin.xiaoyu officer.huang; do cp "$work/known.toml" "$work/$who.toml"; done
: >"$work/guest.toml"

token() { "$program" --json accounts token "$1" | python3 -c 'import json, sys; print(json.load(sys.stdin)["token"])'; }
failed=0
for who in guest lin.xiaoyu officer.huang; do
  headers=()
  [ "$who" = guest ] || headers=(--header "Authorization: Bearer $(token "$who")")
  echo "fuzzing as $who (seed $seed)"
  "$schemathesis" --config-file "$work/$who.toml" run "$url/api/openapi.json" "${headers[@]}" \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
    --phases examples,coverage,fuzzing --max-time $((seconds / 3)) --seed "$seed" --rate-limit 80/s --request-timeout 30 --warnings off \
    --continue-on-failure --generation-database=none \
    --suppress-health-check all --no-color || failed=1
done
if grep -E '"level":"ERROR"' "$work/serve.log"; then
  echo "the server has logged errors" >&2
  failed=1
fi
exit $failed
