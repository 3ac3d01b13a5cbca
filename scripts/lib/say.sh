# Messages and sums that scripts/setup, scripts/quickstart and scripts/test share.
# shellcheck shell=bash

fetched_bytes=0
fetched_parts=""

say() { printf '%s\n' "$*"; }
warn() { printf '%s: warning: %s\n' "$(script_name)" "$*" >&2; }

# What failed underneath: exit status 1.
fail() {
  printf '%s: %s\n' "$(script_name)" "$*" >&2
  exit 1
}

# What the user asked for wrongly: exit status 2.
refuse() {
  printf '%s: %s\n' "$(script_name)" "$*" >&2
  exit 2
}

script_name() { printf 'scripts/%s' "$(basename "$0")"; }

# 1234567 -> "1.2 MB" (10^6 bytes, as pip and apt count)
megabytes() { awk -v bytes="$1" 'BEGIN { printf "%.1f MB", bytes / 1e6 }'; }

# count_download PART BYTES: for the total that the summary names.
count_download() {
  (($2 > 0)) || return 0
  fetched_bytes=$((fetched_bytes + $2))
  fetched_parts="${fetched_parts:+$fetched_parts, }$1 $(megabytes "$2")"
}

folder_bytes() { find "$1" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%d", sum }'; }
