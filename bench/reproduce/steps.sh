# Steps of scripts/reproduce that are not done twice; sourced by it.

fail() {
  echo "scripts/reproduce: $1" >&2
  exit 1
}

section() { printf '== %s (%d:%02d)\n' "$1" $((SECONDS / 60)) $((SECONDS % 60)); }

digest() { cat -- "$@" | sha256sum | cut -c1-16; }

digest_of() { printf '%s\n' "$@" | digest -; }

# step TITLE OUTPUT KEY COMMAND...: makes OUTPUT, unless it was made with the same key. What the command prints goes to
# OUTPUT.log, its progress to the terminal.
done_before=0
step() {
  local title=$1 output=$2 key=$3 begin=$SECONDS
  shift 3
  if [[ -e $output && $(cat "$output.key" 2>/dev/null) == "$key" ]]; then
    done_before=$((done_before + 1))
    return
  fi
  mkdir -p "$(dirname "$output")"
  rm -rf "$output" "$output.key"
  printf '  %s\n' "$title"
  if [[ -t 2 && $* == *" embed "* ]]; then
    "$@" >"$output.log" || return
  else
    "$@" >"$output.log" 2>&1 || return
  fi
  echo "$key" >"$output.key"
  [[ $((SECONDS - begin)) -lt 2 ]] || printf '    %d s\n' $((SECONDS - begin))
}

# must STEP...: a step without which nothing goes on.
must() {
  step "$@" || {
    local status=$?
    [[ $status -ne 130 ]] || exit "$status"
    cat "$2.log" >&2
    fail "$1: failed"
  }
}
