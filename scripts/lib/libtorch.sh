# LibTorch: one that the environment names, or the wheel in build/venv.
# shellcheck shell=bash

readonly torch_version=2.13.0
readonly oldest_torch=2.11
readonly cpu_wheel_index=https://download.pytorch.org/whl/cpu

# Sets torch_source (named or wheel) and, for a named one, torch_prefix; for a wheel, flavour.
choose_libtorch() {
  torch_source=wheel torch_prefix=""
  find_named_libtorch
  if [[ $torch_source == wheel && $flavour == cuda ]]; then
    cuda_toolkit || fail "--cuda: no CUDA toolkit found (nvcc on PATH, in CUDA_HOME or in
/usr/local/cuda). LibTorch's CUDA build stops CMake without one: install NVIDIA's CUDA 13
toolkit, or run scripts/setup --cpu"
  fi
}

# One in CMAKE_PREFIX_PATH wins; without a flag, the one that the last set-up was given stays.
find_named_libtorch() {
  local prefix prefixes=() earlier=$build/setup.cmake
  IFS=: read -ra prefixes <<<"${CMAKE_PREFIX_PATH:-}"
  if [[ $flavour == auto ]] && grep -q 'LTS_TORCH_SOURCE \[==\[named\]' "$earlier" 2>/dev/null; then
    prefixes+=("$(sed -n 's/^set(LTS_TORCH_PREFIX \[==\[\(.*\)\]==\])$/\1/p' "$earlier")")
  fi
  for prefix in "${prefixes[@]}"; do
    if [[ -e $prefix/share/cmake/Torch/TorchConfig.cmake ]]; then
      take_named_libtorch "$(cd "$prefix" && pwd -P)"
      return
    fi
  done
}

take_named_libtorch() {
  local version
  version=$(libtorch_version "$1")
  if ! at_least "${version:-0}" "$oldest_torch"; then
    refuse "CMAKE_PREFIX_PATH names LibTorch ${version:-of unknown version} in $1;
lts needs $oldest_torch or newer"
  fi
  torch_source=named torch_prefix=$1
  say "LibTorch $version: using the one in $1."
}

libtorch_version() {
  sed -n 's/^set(PACKAGE_VERSION "\([0-9.]*\).*/\1/p' "$1/share/cmake/Torch/TorchConfigVersion.cmake"
}

cuda_toolkit() {
  command -v nvcc >/dev/null || [[ -x ${CUDA_HOME:-/usr/local/cuda}/bin/nvcc ]]
}

nvidia_driver_answers() { nvidia-smi -L 2>/dev/null | grep -q '^GPU'; }

ensure_libtorch() {
  if [[ $torch_source == named ]]; then
    return
  fi
  local cpu=torch==$torch_version+cpu cuda=torch==$torch_version
  if [[ $flavour == auto ]]; then
    choose_flavour "$cpu" "$cuda"
  fi
  if [[ -z $(packages_to_install "${!flavour}") ]]; then
    say "LibTorch $torch_version ($flavour): there, in build/venv."
  else
    fetch_torch "$flavour"
    install_torch "$flavour"
  fi
  torch_prefix=$(venv_python -c 'import sysconfig; print(sysconfig.get_path("platlib"))')/torch
  [[ -e $torch_prefix/share/cmake/Torch/TorchConfig.cmake ]] ||
    fail "the installed wheel has no CMake files where they belong ($torch_prefix)"
}

# No flag was given: what is installed stays; else what the machine can use.
choose_flavour() {
  flavour=cpu
  if [[ -z $(packages_to_install "$2") ]]; then
    flavour=cuda
  elif [[ -n $(packages_to_install "$1") ]] && nvidia_driver_answers; then
    if cuda_toolkit; then
      flavour=cuda
    else
      warn "an NVIDIA GPU answers, but there is no CUDA toolkit (nvcc), which LibTorch's CUDA
build needs: taking the CPU build. For the GPU: install the toolkit, then scripts/setup --cuda"
    fi
  fi
}

fetch_torch() {
  if [[ $1 == cuda ]]; then
    say "LibTorch $torch_version (cuda): downloading it and NVIDIA's libraries, about 3 GB."
    fetch_wheels LibTorch "torch===$torch_version" ||
      stop_without_torch "torch===$torch_version (a CUDA build)" "from the package index"
    return
  fi
  say "LibTorch $torch_version (cpu): downloading about 190 MB."
  fetch_wheels LibTorch --no-deps "torch==$torch_version+cpu" ||
    fetch_wheels LibTorch --no-deps --index-url "$cpu_wheel_index" "torch==$torch_version+cpu" ||
    stop_without_torch "torch==$torch_version+cpu" "by its own settings or at $cpu_wheel_index"
}

stop_without_torch() {
  pip_says >&2
  fail "pip finds no $1 for $(venv_python --version) $2.
What works instead: a LibTorch $oldest_torch or newer of yours,
  CMAKE_PREFIX_PATH=/path/to/libtorch scripts/setup
or a folder or index that has this wheel: PIP_FIND_LINKS=/folder scripts/setup"
}

install_torch() {
  if [[ $1 == cpu ]]; then
    install_wheels LibTorch "torch==$torch_version+cpu"
    return
  fi
  # Every wheel that came: as NAME==VERSION, which their file names hold.
  local wheel wheels=()
  for wheel in "$build"/downloads/LibTorch/*.whl; do
    wheel=$(basename "$wheel")
    wheels+=("$(cut -d- -f1 <<<"$wheel")==$(cut -d- -f2 <<<"$wheel")")
  done
  install_wheels LibTorch "${wheels[@]}"
}
