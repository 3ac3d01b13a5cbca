#!/usr/bin/env bash
# Tries the README's commands on a bare Debian: debootstrap's smallest system in a folder, a fresh
# clone in it, each command once. Needs root, debootstrap and git. Every path comes by option.
set -euo pipefail

readonly clone=/srv/lts  # inside the bare system

usage() {
  cat <<'TEXT'
usage: tests/bare_machine.sh --folder DIR [options] [COMMAND...]

  --folder DIR     where the bare system goes; kept, and made anew only with --fresh
  --fresh          remove DIR first
  --source CLONE   repository to clone (default: the one this script is in)
  --suite NAME     Debian release (default: bookworm)
  --mirror URL     Debian mirror (default: http://deb.debian.org/debian)
  --copy PATH      copy PATH of this machine to the same place inside (apt and pip settings,
                   certificates, wheel folders); may be given several times
  --env NAME       pass this environment variable on; may be given several times
  COMMAND          run in the clone (default: scripts/quickstart scripts/test), one shell line each
Example: tests/bare_machine.sh --folder /var/tmp/bare --copy /etc/pip.conf --env PIP_INDEX_URL
TEXT
}

parse_options() {
  folder="" fresh=no source_clone=$(cd "$(dirname "$0")/.." && pwd -P)
  suite=bookworm mirror=http://deb.debian.org/debian
  copies=() variables=() commands=()
  while (($# > 0)); do
    case $1 in
      --fresh) fresh=yes && shift && continue ;;
      -h | --help) usage && exit 0 ;;
      --*) [[ $# -ge 2 ]] || refuse "$1 needs a value" ;;
      *) commands+=("$1") && shift && continue ;;
    esac
    case $1 in
      --folder) folder=$2 ;;
      --source) source_clone=$2 ;;
      --suite) suite=$2 ;;
      --mirror) mirror=$2 ;;
      --copy) copies+=("$2") ;;
      --env) variables+=("$2") ;;
      *) refuse "unknown option '$1' (see --help)" ;;
    esac
    shift 2
  done
  [[ -n $folder ]] || refuse "--folder DIR is missing (see --help)"
  ((EUID == 0)) || refuse "debootstrap and chroot need root"
  ((${#commands[@]} > 0)) || commands=(scripts/quickstart scripts/test)
}

refuse() {
  echo "tests/bare_machine.sh: $*" >&2
  exit 2
}

make_system() {
  if [[ $fresh == yes ]]; then
    rm -rf --one-file-system "$folder"
  fi
  if [[ ! -e $folder/.complete ]]; then
    rm -rf --one-file-system "$folder"
    debootstrap --variant=minbase "$suite" "$folder" "$mirror" >"$folder.log" 2>&1 || {
      tail -5 "$folder.log" >&2
      exit 1
    }
    touch "$folder/.complete"
  fi
  folder=$(cd "$folder" && pwd -P)
}

copy_in() {
  local path
  for path in /etc/resolv.conf /etc/hosts "${copies[@]}"; do
    mkdir -p "$folder$(dirname "$path")"
    rm -rf "${folder:?}$path"
    cp -aL "$path" "$folder$path"
  done
}

clone_in() {
  rm -rf "$folder$clone"
  git clone -q --no-hardlinks "$source_clone" "$folder$clone"
  chown -R root:root "$folder$clone"
}

mount_kernel_folders() {
  trap unmount_kernel_folders EXIT
  mount -t proc proc "$folder/proc"
  mount -t tmpfs tmpfs "$folder/dev/shm"
  for device in null zero full random urandom tty; do
    touch "$folder/dev/$device"
    mount --bind "/dev/$device" "$folder/dev/$device"
  done
}

unmount_kernel_folders() {
  awk -v inside="$folder/" 'index($2, inside) == 1 { print $2 }' /proc/self/mounts |
    tac | while read -r mounted; do umount "$mounted" || true; done
}

# A clean environment: what the caller named, and what a login would give.
run_inside() {
  local name environment=(HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    LANG=C.UTF-8 "TERM=${TERM:-dumb}")
  for name in "${variables[@]}"; do
    environment+=("$name=${!name-}")
  done
  env -i "${environment[@]}" chroot "$folder" /bin/bash -c "cd $clone && $1" </dev/null
}

main() {
  local command started failed=0
  parse_options "$@"
  make_system
  copy_in
  clone_in
  mount_kernel_folders
  for command in "${commands[@]}"; do
    echo "== $command"
    started=$SECONDS
    if run_inside "$command"; then
      echo "== $command: done after $((SECONDS - started)) s"
    else
      echo "== $command: FAILED with status $? after $((SECONDS - started)) s"
      failed=1
    fi
  done
  return "$failed"
}

main "$@"
