"""The training commands from end to end: prepare, train, stop, kill, full disk, resume, eval, generate."""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

LTS = Path(os.environ["LTS_BUILD_DIR"]) / "lts"
MODEL = "gpt2:n_layer=1,d_model=32,d_inner=48,n_head=2"
CONFIG = """steps: 24
micro_batch_size: 2
sequence_length: 24
threads: 2
learning_rate: 3.0e-3
dropout: 0.1
log_every: 2
validate: {every: 10, batches: 4}
checkpoint: {every: 6, every_minutes: 0, keep: 2}
"""


def check(condition, fact):
    print(("ok      " if condition else "FAILED  ") + fact, flush=True)
    if not condition:
        sys.exit(1)


def lts(*words, **options):
    return subprocess.run([LTS, *map(str, words)], capture_output=True, text=True, timeout=300, **options)


def answer(*words, **options):
    done = lts(*words, "--json", **options)
    check(done.returncode == 0, f"lts {words[0]} ends with status 0" + done.stderr[-300:] * (done.returncode != 0))
    return json.loads(done.stdout)


def is_near(value, expected):
    return abs(value - expected) <= 1e-9 * abs(expected)


def weights(folder):
    return (folder / "model.safetensors").read_bytes()


class Scratch:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.config = self.folder / "train.yaml"
        self.config.write_text(CONFIG)
        self.data = self.folder / "data"
        text = "".join(f"Verse {i % 41}: and the earth was without form, and void.\n" for i in range(500))
        (self.folder / "text.txt").write_text(text)

    def train(self, name, *more):
        return ["train", self.config, "--model", MODEL, "--data", self.data, "-o", self.folder / name, *more]


def check_prepare(scratch):
    made = answer("prepare", scratch.folder / "text.txt", "-o", scratch.data)
    check(made["documents"] == 1 and made["tokens"] > 5000, "prepare counts documents and tokens")


def check_train(scratch):
    result = answer(*scratch.train("one"))
    keys = ["steps", "tokens", "train_loss", "validation_loss", "perplexity", "tokens_per_s",
            "peak_memory_bytes", "checkpoint"]
    check(list(result) == keys, f"train gives {', '.join(keys)}")
    check(result["steps"] == 24 and result["tokens"] == 24 * 2 * 24, "steps and tokens are those asked for")
    kept = sorted(path.name for path in (scratch.folder / "one" / "checkpoints").iterdir())
    check(kept == ["step-18", "step-24"], "two checkpoints are kept")
    check(answer(*scratch.train("one", "--resume")) == result, "a finished run prints its result again")
    return result


def check_repeats(scratch):
    """A race in the first step (oneMKL's choice of a kernel) showed in about one process in twenty."""
    found = set()
    for attempt in range(12):
        answer(*scratch.train(f"repeat-{attempt}", "--set", "steps=1"))
        found.add(weights(scratch.folder / f"repeat-{attempt}"))
    check(len(found) == 1, "twelve processes train the same weights, byte for byte")


def stop_after_a_line(scratch, name, number):
    """Sends a signal when the first step was logged; returns the exit status and the last line."""
    process = subprocess.Popen([str(w) for w in [LTS, *scratch.train(name, "--set", "log_every=1")]],
                               stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    for line in process.stderr:
        if line.startswith("step 8/"):
            process.send_signal(number)
            break
    rest = process.stderr.read().strip().splitlines()
    return process.wait(), rest[-1] if rest else ""


def check_stop_and_resume(scratch, whole):
    for name, number in [("stopped", signal.SIGTERM), ("interrupted", signal.SIGINT), ("killed", signal.SIGKILL)]:
        status, message = stop_after_a_line(scratch, name, number)
        folder = scratch.folder / name
        if number == signal.SIGKILL:
            check(status == -signal.SIGKILL, "kill -9 ends it at once")
        else:
            check(status == 75 and "add --resume to go on" in message, f"{number.name}: status 75, says how to go on")
        other = lts(*scratch.train(name))
        check(other.returncode == 2 and "holds a training run already" in other.stderr,
              f"{name}: without --resume refused")
        resumed = answer(*scratch.train(name, "--set", "log_every=1", "--resume"))
        check(weights(folder) == weights(scratch.folder / "one"),
              f"{name}: the resumed run's weights equal the uninterrupted one's, byte for byte")
        check(resumed["validation_loss"] == whole["validation_loss"], f"{name}: so does the validation loss")


def check_full_disk(scratch):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8_000_000, resource.RLIM_INFINITY))

    done = lts(*scratch.train("full"), preexec_fn=limit)
    check(done.returncode == 1 and "cannot be written" in done.stderr and "there is no checkpoint yet" in done.stderr,
          "a full disk: status 1, the file and what is left are named")
    answer(*scratch.train("full", "--resume"))
    check(weights(scratch.folder / "full") == weights(scratch.folder / "one"), "with room again it goes on")


def check_eval_and_generate(scratch, whole):
    folder = scratch.folder / "one"
    scored = answer("eval", folder, "--data", scratch.data, "--sequence-length", 24, "--baselines")
    check(list(scored) == ["loss", "perplexity", "tokens", "sequence_length", "stride", "words",
                           "word_perplexity", "bytes", "bits_per_byte", "baselines"],
          "eval gives loss, perplexity, tokens, and what else they are divided by")
    for same in (folder, folder / "checkpoints" / "step-24"):
        check(answer("eval", same, "--data", scratch.data)["loss"] == scored["loss"],
              f"eval's windows are as long as the run's unless asked otherwise: {same.name}")
    useless = lts("generate", folder, "Verse", "--greedy", "--top-p", "0.5")
    check(useless.returncode == 2 and "--top-p would have no effect" in useless.stderr, "an option without effect is refused")
    check(abs(scored["loss"] - whole["validation_loss"]) < 1.0, "eval agrees with the last validation")
    check(scored["baselines"]["bigram"]["loss"] < scored["baselines"]["unigram"]["loss"], "eval knows the baselines")
    greedy = [answer("generate", folder, "Verse 7", "--greedy", "--max-new-tokens", 8) for _ in range(2)]
    check(list(greedy[0]) == ["prompt", "text", "ids", "tokens_per_s"], "generate gives prompt, text, ids, tokens_per_s")
    check(greedy[0]["ids"] == greedy[1]["ids"] and greedy[0]["text"].startswith("Verse 7"), "greedy ids repeat")
    plain = lts("generate", folder, "Verse 7", "--greedy", "--max-new-tokens", 8)
    check(plain.stdout == greedy[0]["text"] + "\n", "generate streams the same text")
    check_generate_dtype(folder, greedy[0])
    sampled = [answer("generate", folder, "Verse", "--seed", seed, "--max-new-tokens", 20)["ids"] for seed in (1, 1, 2)]
    check(sampled[0] == sampled[1] != sampled[2], "sampling depends on the seed")


def check_generate_dtype(folder, greedy):
    words = ["generate", folder, "Verse 7", "--greedy", "--max-new-tokens", 8]
    check(answer(*words, "--dtype", "float32")["ids"] == greedy["ids"], "float32 is generate's default")
    done = lts(*words, "--dtype", "int8")
    check(done.returncode == 2 and "--dtype is 'int8'; accepted: float32, bfloat16" in done.stderr,
          "generate refuses another dtype")
    flags = Path("/proc/cpuinfo").read_text().split()
    if "avx512_bf16" in flags or "amx_bf16" in flags:
        narrow = answer(*words, "--dtype", "bfloat16")
        check(len(narrow["ids"]) == len(greedy["ids"]) and narrow["text"].startswith("Verse 7"), "generate takes bfloat16")
        check(lts(*words, "--dtype", "bfloat16").stdout == narrow["text"] + "\n", "and streams it")
    else:
        done = lts(*words, "--dtype", "bfloat16")
        check(done.returncode == 2 and "dtype is bfloat16, which this processor has no instructions for" in done.stderr,
              "generate refuses bfloat16 where it would be slow")


def check_winners(scratch):
    winners = scratch.folder / "search" / "winners"
    winners.mkdir(parents=True)
    (winners / "winners.csv").write_text("index,archid\n0,gpt2_x\n1,gpt2_y\n2,gpt2_z\n")
    for layers, name in enumerate(["gpt2_x", "gpt2_y", "gpt2_z"]):
        (winners / f"{name}.yaml").write_text(
            f"family: gpt2\nn_layer: {layers + 1}\nd_model: 32\nd_inner: 48\nn_head: 2\n")
    check_dry_run_of_winners(scratch, scratch.folder / "search")
    words = ["train", scratch.config, "--winners", scratch.folder / "search", "--only", "0,2",
             "--data", scratch.data, "-o", scratch.folder / "all", "--set", "steps=4"]
    results = answer(*words)
    check(len(results) == 2, "--winners --only trains those asked for")
    for folder in ["", "gpt2_x", "gpt2_z"]:
        check((scratch.folder / "all" / folder / "tokenizer.json").exists(), f"the tokenizer lies in '{folder}'")
    check(not (scratch.folder / "all" / "gpt2_y").exists(), "the others are left alone")
    before = (scratch.folder / "all" / "gpt2_x" / "model.safetensors").stat().st_mtime_ns
    again = answer(*words[:4], *words[6:], "--resume")
    check(len(again) == 3 and again[0] == results[0], "--resume adds what is missing")
    check((scratch.folder / "all" / "gpt2_x" / "model.safetensors").stat().st_mtime_ns == before, "finished ones are skipped")
    (scratch.folder / "theirs").mkdir()
    (scratch.folder / "theirs" / "tokenizer.json").write_text("{}")
    done = lts(*words[:-3], scratch.folder / "theirs")
    check(done.returncode == 2 and "holds 'tokenizer.json' of something else" in done.stderr
          and len(list((scratch.folder / "theirs").iterdir())) == 1, "another model's tokenizer is left alone")
    diverges = ["learning_rate=10", "weight_decay=10", "schedule=constant", "warmup_steps=0", "steps=60"]
    done = lts(*words[:-3], scratch.folder / "diverged", "--json", *[word for value in diverges for word in ("--set", value)])
    errors = [result.get("error", "") for result in json.loads(done.stdout)]
    check(done.returncode == 1 and len(errors) == 2 and all("not finite in 20 steps in a row" in error for error in errors)
          and "2 of 2 winners failed" in done.stderr, "a winner that fails does not keep the next from being trained")
    check_winner_without_room(scratch, winners)


def check_winner_without_room(scratch, winners):
    (winners / "gpt2_x.yaml").write_text("family: gpt2\nn_layer: 1\nd_model: 32768\nd_inner: 48\nn_head: 2\n")
    done = lts("train", scratch.config, "--winners", scratch.folder / "search", "--only", "0-1", "--data", scratch.data, "-o",
               scratch.folder / "large", "--set", "steps=4", "--json",
               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30)))
    large, small = json.loads(done.stdout)
    check(done.returncode == 1 and "alloc" in large["error"] and large["error"].startswith(large["run_dir"]) and small["steps"] == 4
          and "1 of 2 winners failed" in done.stderr, f"nor does one for which there is no memory: {large['error']}")


def check_refusals(scratch):
    bad = scratch.folder / "bad.yaml"
    bad.write_text("steps: 5\nlearning_rat: 1\n")
    out = scratch.folder / "refused"
    base = ["--model", MODEL, "--data", scratch.data, "-o", out]
    for words, message in [
        ([bad, *base], f"{bad}:2:1: unknown key 'learning_rat'; did you mean 'learning_rate'?"),
        ([scratch.config, *base, "--set", "steps=0"], "--set steps=0: steps is '0'"),
        ([scratch.config, *base, "--set", "sequence_length=5000"], "at most the model's max_sequence_length, 1024"),
        ([scratch.config, *base[2:]], f"{scratch.config}: has no 'model'"),
        ([scratch.config, *base[:2], *base[4:]], f"{scratch.config}: has no 'data'"),
        ([scratch.config, *base[:4]], "missing --output"),
        ([scratch.config, "--data", scratch.folder / "none", *base[:2], *base[4:]], f"{scratch.folder}/none"),
        ([scratch.config, *base, "--winners", "x"], "--winners and --model exclude each other"),
        ([scratch.config, *base, "--only", "1"], "--only goes with --winners"),
        ([scratch.config, *base[2:], "--winners", scratch.folder], "holds no winners/winners.csv"),
        ([scratch.folder / "none.yaml", *base], f"{scratch.folder}/none.yaml: cannot be opened"),
    ]:
        done = lts("train", *words)
        check(done.returncode == 2 and message in done.stderr and not out.exists(),
              f"refused, nothing made: {message}" + f" GOT {done.returncode} {done.stderr}" * (message not in done.stderr))


def check_dry_run(scratch):
    plan = answer(*scratch.train("dry", "--dry-run"))
    embeddings = (50257 + 1024) * 32
    check(plan["tokens"] == 24 * 2 * 24 and plan["parameters"] > embeddings and plan["memory_bytes"] > 16 * plan["parameters"], "--dry-run plans")
    check(not (scratch.folder / "dry").exists(), "--dry-run makes nothing")
    flops = 3 * (8 * 32 * 32 + 2 * 32 * 25 + 4 * 32 * 48 + 2 * 32 * 50257) * plan["tokens"]
    check(plan["flops"] == flops, "FLOPs are those worked by hand")
    check(is_near(plan["time_s"], flops / (plan["gemm_flops_per_s"] * plan["gemm_fraction"]))
          and is_near(plan["time_s"], plan["tokens"] / plan["tokens_per_s"]),
          "its time is that of a fraction of the measured matrix-multiply rate")
    done = lts("train", scratch.config, "--model", MODEL, "--set", "device=cuda:99", "--dry-run", "--json")
    check(done.returncode == 0 and json.loads(done.stdout)["time_s"] is None
          and "--set device=cuda:99: device is 'cuda:99', but " in done.stderr
          and "; so the time that training takes is not known" in done.stderr, "a device of elsewhere is planned without a time")


def check_dry_run_of_a_run(scratch):
    plan = answer(*scratch.train("one", "--dry-run"))
    steps = [record for record in map(json.loads, (scratch.folder / "one" / "log.jsonl").open()) if "loss" in record]
    check(plan["tokens_per_s"] == steps[-1]["tokens_per_s"] and is_near(plan["time_s"], plan["tokens"] / plan["tokens_per_s"])
          and plan["gemm_flops_per_s"] is None and plan["gemm_fraction"] is None, "a run that has begun is planned by its log")
    text = lts("train", scratch.config, "--model", MODEL, "-o", scratch.folder / "one", "--dry-run").stdout
    check("at the tokens a second of its log" in text and "measured" not in text, "which the table says")


def check_dry_run_of_winners(scratch, search):
    words = ["train", scratch.config, "--winners", search, "--only", "0,2", "--dry-run"]
    *plans, every = answer(*words)
    check([plan["archid"] for plan in plans] == ["gpt2_x", "gpt2_z"] and every["archid"] == "all", "--dry-run plans each winner and all")
    for key in ("parameters", "steps", "tokens", "flops", "time_s", "disk_bytes"):
        check(is_near(every[key], plans[0][key] + plans[1][key]), f"{key} of all is the sum")
    check(every["memory_bytes"] == plans[1]["memory_bytes"] > plans[0]["memory_bytes"], "memory of all is that of the largest")
    lines = lts(*words).stdout.splitlines()
    check("time here" in lines[0] and any(line.startswith("all ") for line in lines)
          and lines[-1].startswith("time here: at 60 % of this machine's measured matrix-multiply rate, ")
          and lines[-1].endswith(" GFLOP/s"), "the table has a row for all and says where the time comes from")


def main():
    with tempfile.TemporaryDirectory() as folder:
        scratch = Scratch(folder)
        check_prepare(scratch)
        check_refusals(scratch)
        check_dry_run(scratch)
        whole = check_train(scratch)
        check_dry_run_of_a_run(scratch)
        check_repeats(scratch)
        check_stop_and_resume(scratch, whole)
        check_full_disk(scratch)
        check_eval_and_generate(scratch, whole)
        check_winners(scratch)


main()
