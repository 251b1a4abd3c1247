#!/usr/bin/env bash
# The README's first commands as a stranger runs them: a clone in an empty folder, npm ci, npm run demo; and with
# --test also npm test. Ends with 0 only if the demo names a file that has records in it.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

git clone --quiet "$root" "$folder/vdata"
cd "$folder/vdata"
npm ci
export VDATA_HOME="$folder/home" TMPDIR="$folder"
npm run demo 2>&1 | tee "$folder/demo.log"
[[ ${1:-} != --test ]] || npm test

# The demo says where the file lies: some path that it printed is one, and every line of it is JSON.
grep -oE '/[^[:space:]]+\.jsonl' "$folder/demo.log" | sort -u | while read -r file; do
  [[ -s $file ]] || continue
  node -e '
    const lines = require("node:fs").readFileSync(process.argv[1], "utf8").trimEnd().split("\n")
    for (const line of lines) JSON.parse(line)
    console.log(`${lines.length} records in ${process.argv[1]}`)
  ' "$file"
  touch "$folder/found"
done
[[ -e $folder/found ]] || { echo 'the demo named no file with records' >&2; exit 1; }
