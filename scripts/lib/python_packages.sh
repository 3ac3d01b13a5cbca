# The virtual environment build/venv: LibTorch comes as a wheel, the tests' peers are Python's.
# shellcheck shell=bash

# A user's --user, PYTHONPATH and the like must not reach into the virtual environment.
export PIP_USER=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1
unset PYTHONHOME PYTHONPATH

# Prints the first Python 3.11 or newer that can make a virtual environment.
base_python() {
  local candidate candidates=(python3 /usr/bin/python3 python3.{11..14})
  if [[ -n ${LTS_BASE_PYTHON:-} ]]; then
    candidates=("$LTS_BASE_PYTHON")
  fi
  for candidate in "${candidates[@]}"; do
    if "$candidate" -I -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
      2>/dev/null; then
      command -v "$candidate"
      return 0
    fi
  done
  return 1
}

venv_python() { "$venv/bin/python" -I "$@"; }

# Makes build/venv where it is missing, and anew where an interruption left half of one.
ensure_venv() {
  local python
  if [[ -e $venv ]]; then
    if [[ -z $(packages_to_install pip) ]]; then
      return
    fi
    say "build/venv is incomplete (an interrupted set-up?); making it anew."
    rm -rf "$venv"
  fi
  python=$(base_python) || fail "${LTS_BASE_PYTHON:-python3} is no Python 3.11 or newer with venv
and ensurepip (Debian: python3-venv; another one: LTS_BASE_PYTHON=/path/to/python3 scripts/setup)"
  say "Python environment build/venv from $python."
  "$python" -I -m venv "$venv" || fail "$python -m venv $venv failed"
}

# Prints those of the given NAME, NAME==VERSION or @FILE that build/venv lacks or has in part.
packages_to_install() {
  venv_python "$root/scripts/lib/missing_packages.py" "$@" 2>/dev/null || echo "(unreadable)"
}

# fetch_wheels WHAT PIP_ARGS...: downloads into build/downloads/WHAT; pip's words go to a log.
fetch_wheels() {
  local folder=$build/downloads/$1 log=$build/setup-pip.log
  shift
  rm -rf "$folder"
  mkdir -p "$folder"
  if [[ -t 1 ]]; then
    venv_python -m pip download --only-binary :all: -d "$folder" "$@" 2>"$log"
  else
    venv_python -m pip download --only-binary :all: -d "$folder" "$@" >"$log" 2>&1
  fi
}

# install_wheels WHAT REQUIREMENTS...: installs what fetch_wheels brought, without network.
install_wheels() {
  local what=$1 folder=$build/downloads/$1 log=$build/setup-pip.log
  shift
  count_download "$what" "$(folder_bytes "$folder")"
  packages_to_install --forget-torn "$@" >/dev/null
  if ! venv_python -m pip install -q --no-index --no-deps --find-links "$folder" "$@" \
    >"$log" 2>&1; then
    pip_says >&2
    fail "pip could not install $what into build/venv (its output: build/setup-pip.log)"
  fi
  rm -rf "$folder"
}

pip_says() { grep -vE 'WARNING: (Location|Retrying)' "$build/setup-pip.log" | tail -6; }

ensure_test_peers() {
  local requirements=$root/scripts/requirements-test.txt wanted
  # A named LibTorch brings no Python module; the peers need one.
  if [[ -n $(packages_to_install torch) ]]; then
    fetch_torch cpu
    install_torch cpu
  fi
  read -rd '' -a wanted < <(packages_to_install "@$requirements") || true
  if ((${#wanted[@]} == 0)); then
    say "Test peers: all of scripts/requirements-test.txt are there."
    return
  fi
  say "Test peers: downloading ${#wanted[@]} Python packages (all of them: about 180 MB)."
  if ! fetch_wheels "test peers" --no-deps "${wanted[@]}"; then
    pip_says >&2
    fail "pip could not download the test peers (its output: build/setup-pip.log)"
  fi
  install_wheels "test peers" "${wanted[@]}"
}
