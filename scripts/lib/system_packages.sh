# Debian's and Ubuntu's packages that the build needs, and how to see that one is there without dpkg.
# shellcheck shell=bash

# package|kind:what shows that it is there
readonly build_packages=(
  'g++|command:c++' 'cmake|command:cmake' 'ninja-build|command:ninja'
  'pkg-config|command:pkg-config' 'git|command:git' 'python3-venv|python:'
  'ca-certificates|file:/etc/ssl/certs/ca-certificates.crt'
  'libboost-program-options-dev|header:boost/program_options.hpp'
  'libyaml-cpp-dev|header:yaml-cpp/yaml.h' 'libtbb-dev|header:oneapi/tbb/version.h'
  'nlohmann-json3-dev|header:nlohmann/json.hpp' 'libzstd-dev|header:zstd.h'
  'libsimdjson-dev|header:simdjson.h' 'libspdlog-dev|header:spdlog/version.h'
  'libssl-dev|header:openssl/evp.h' 'libxxhash-dev|header:xxhash.h'
  'libonnx-dev|header:onnx/common/version.h' 'libprotobuf-dev|header:google/protobuf/message.h'
  'libgloo-dev|header:gloo/context.h'
  'libeigen3-dev|file:/usr/include/eigen3/Eigen/Core'
  'libgtest-dev|header:gtest/gtest.h' 'libgmock-dev|header:gmock/gmock.h'
)
# The build does without these: a compiler cache, and the text that scripts/quickstart trains on.
readonly optional_packages=('ccache|command:ccache' 'bible-kjv|command:bible')
readonly test_packages=('zstd|command:zstd' 'openssh-client|command:ssh')
# Some tests reach a device over ssh, or start a Slurm of their own; without these they are skipped.
# Where an init system would start them for good, installing them is left to the user.
readonly server_packages=(
  'openssh-server|file:/usr/sbin/sshd' 'munge|command:munged'
  'slurmctld|command:slurmctld' 'slurmd|command:slurmd' 'slurm-client|command:srun'
)

ensure_system_packages() {
  local wanted=("${build_packages[@]}" "${optional_packages[@]}")
  if [[ $with_test == yes ]]; then
    wanted+=("${test_packages[@]}")
    if [[ ! -d /run/systemd/system ]]; then
      wanted+=("${server_packages[@]}")
    fi
  fi
  missing=()
  find_missing_packages "${wanted[@]}"
  if ((${#missing[@]} == 0)); then
    say "System packages: all ${#wanted[@]} are there."
  elif may_install; then
    install_packages
  else
    name_missing_packages
  fi
  check_tool_versions
}

# Sets `missing` to the packages that neither dpkg nor a look at the machine finds.
find_missing_packages() {
  local installed entry
  installed=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' 2>/dev/null |
    sed -n 's/^ii //p') || true
  for entry in "$@"; do
    if ! grep -qxF "${entry%%|*}" <<<"$installed" && ! shows "${entry#*|}"; then
      missing+=("${entry%%|*}")
    fi
  done
}

shows() {
  local what=${1#*:}
  case ${1%%:*} in
    command) command -v "$what" >/dev/null ;;
    file) [[ -e $what ]] ;;
    python) base_python >/dev/null ;;
    header) echo "#include <$what>" | "${CXX:-c++}" -std=c++20 -E -x c++ - >/dev/null 2>&1 ;;
  esac
}

# Sets `as_root` to the words that run a command as root; else `no_install` says why not.
may_install() {
  as_root=() no_install=""
  if [[ $system == no ]]; then
    no_install="--no-system was given"
  elif ! command -v apt-get >/dev/null; then
    no_install="this machine has no apt-get"
  elif ((EUID != 0)); then
    as_root=(sudo)
    if ! command -v sudo >/dev/null || { [[ ! -t 0 ]] && ! sudo -n true 2>/dev/null; }; then
      no_install="not root, and no sudo that works without a terminal"
    fi
  fi
  [[ -z $no_install ]]
}

name_missing_packages() {
  local package required=() optional="${optional_packages[*]} ${server_packages[*]}"
  for package in "${missing[@]}"; do
    if [[ " $optional" != *" $package|"* ]]; then
      required+=("$package")
    fi
  done
  if ((${#required[@]} > 0)); then
    fail "missing system packages (Debian's names): ${required[*]}
They cannot be installed from here: $no_install. As root, on Debian or Ubuntu:
  apt-get install --no-install-recommends ${missing[*]}
Elsewhere install what corresponds to them; then run scripts/setup --no-system"
  fi
  warn "going on without ${missing[*]} (ccache: faster rebuilds; bible-kjv: the text that
scripts/quickstart trains on; openssh-server: tests over ssh): $no_install"
}

install_packages() {
  say "System packages: ${#missing[@]} missing: ${missing[*]}"
  if ((${#as_root[@]} > 0)); then
    say "Installing them needs root: using sudo."
  fi
  repair_dpkg
  update_package_lists
  download_and_install
}

apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=300 \
    -o Dpkg::Use-Pty=0 "$@"
}

# An interrupted installation leaves packages half configured; apt refuses to go on before this.
repair_dpkg() {
  if [[ -n $(dpkg --audit 2>/dev/null) ]]; then
    say "Finishing an interrupted installation of system packages (dpkg --configure -a)."
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive dpkg --configure -a >/dev/null ||
      fail "dpkg --configure -a failed: repair the system's packages first"
  fi
}

update_package_lists() {
  local log line
  log=$(mktemp)
  if ! apt update >"$log" 2>&1; then
    warn "apt-get update failed in part; going on with the lists that are there:
$(grep -E '^(E|W|Err)' "$log" | head -5)"
  fi
  line=$(grep -oE '^Fetched [0-9.,]+ [kMG]?B' "$log" | tail -1) || true
  rm "$log"
  say "Package lists updated${line:+ (${line,})}."
}

download_and_install() {
  local bytes log
  log=$build/setup-apt.log
  bytes=$(apt --print-uris -qq --no-install-recommends install "${missing[@]}" 2>"$log" |
    awk '/^\x27/ { sum += $3 } END { printf "%d", sum }') ||
    fail "apt-get does not know all of them: $(grep '^E:' "$log" | head -3)"
  say "Downloading $(megabytes "$bytes") of system packages and installing them."
  if ! apt -qq --no-install-recommends install "${missing[@]}" >"$log" 2>&1 9>&-; then
    tail -15 "$log" >&2
    fail "apt-get install failed (its output: build/setup-apt.log)"
  fi
  count_download "system packages" "$bytes"
}

check_tool_versions() {
  local cmake_version compiler_version
  cmake_version=$(cmake --version | sed -n '1s/[^0-9]*\([0-9.]*\).*/\1/p')
  if ! at_least "$cmake_version" 3.25; then
    fail "cmake $cmake_version found at $(command -v cmake); lts needs 3.25 or newer
(Debian 12 and Ubuntu 24.04 have it; elsewhere: pip install cmake)"
  fi
  compiler_version=$("${CXX:-c++}" -dumpfullversion -dumpversion)
  if "${CXX:-c++}" --version | grep -q 'Free Software Foundation' &&
    ! at_least "$compiler_version" 12; then
    fail "g++ $compiler_version found; lts needs 12 or newer (set CXX to another compiler)"
  fi
}

# at_least 3.25.1 3.25
at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -1) == "$2" ]]; }
