"""A Slurm of one node on this machine, started for a test, and jobs of one_model.sbatch that meet a
time limit, a preemption and scancel there.

Used by slurm_test.py and by experiments/retrain/slurm_here.py. Needs root, slurmctld, slurmd,
slurm-client and munge of Debian."""

import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
SKIPPED = 77
PROGRAMS = ["munged", "mungekey", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "scancel"]
HOST = socket.gethostname().split(".")[0]
MODEL = "gpt2:n_layer=2,d_model=64,d_inner=128,n_head=2"
CONFIG = """global_batch_size: 8
micro_batch_size: 4
sequence_length: 64
threads: 1
learning_rate: 1.0e-3
warmup_steps: 0
log_every: 1
validate: {every: 0, batches: 4}
checkpoint: {every: 0, every_minutes: 0, keep: 2}
"""
SLURM_CONF = """ClusterName=here
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld_port}
SlurmdPort={d_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CryptoType=crypto/munge
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=low Nodes={host} Default=YES PriorityTier=1 GraceTime=60 OverSubscribe=NO
PartitionName=high Nodes={host} PriorityTier=10 PreemptMode=OFF OverSubscribe=NO
"""


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Slurm:
    """One controller, one node, in a folder of their own, until close()."""

    def __init__(self, folder):
        self.folder = folder
        self.daemons = []
        self.environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}

    def start_all(self):
        munge = self.folder / "munge"
        for path in (munge, self.folder / "state", self.folder / "spool"):
            path.mkdir(mode=0o755)
        ctld_port, d_port = free_ports(2)
        conf = SLURM_CONF.format(host=HOST, folder=self.folder, cpus=os.cpu_count(),
                                 ctld_port=ctld_port, d_port=d_port)
        (self.folder / "slurm.conf").write_text(conf, encoding="ascii")
        subprocess.run(["mungekey", "--create", f"--keyfile={munge}/key"], check=True)
        self.start("munged", "--foreground", "--force", f"--key-file={munge}/key",
                   f"--socket={munge}/socket", f"--pid-file={munge}/pid",
                   f"--log-file={munge}/log", f"--seed-file={munge}/seed")
        wait_until(lambda: (munge / "socket").exists(), 20, "munged")
        self.start("slurmctld", "-D", "-i")
        self.start("slurmd", "-D", "-N", HOST)
        wait_until(lambda: "State=IDLE" in self.scontrol("show", "node", check=False), 60,
                   "an idle node")

    def close(self):
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()

    def start(self, *words):
        log = open(self.folder / f"{words[0]}.out", "wb")  # pylint: disable=consider-using-with
        self.daemons.append(subprocess.Popen(words, env=self.environment, stdout=log,  # pylint: disable=consider-using-with
                                             stderr=subprocess.STDOUT))

    def run(self, *words, check=True):
        done = subprocess.run([str(word) for word in words], env=self.environment, text=True,
                              capture_output=True, check=False)
        if check and done.returncode:
            sys.exit(f"{' '.join(map(str, words))}: {done.stderr}")
        return done.stdout

    def scontrol(self, *words, check=True):
        return self.run("scontrol", *words, check=check)

    def job(self, number):
        """What scontrol says of a job, by name."""
        words = self.scontrol("show", "job", number).split()
        return dict(word.split("=", 1) for word in words if "=" in word)

    def wait_for(self, number, states, seconds):
        wait_until(lambda: self.job(number)["JobState"] in states, seconds,
                   f"job {number} to be {' or '.join(states)}")


def wait_until(fact, seconds, what):
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.5)


def check(condition, fact):
    print(("ok      " if condition else "FAILED  ") + fact, flush=True)
    if not condition:
        sys.exit(1)


class Trainings:
    """Data, one run without Slurm to compare with, and jobs of one_model.sbatch."""

    def __init__(self, slurm, folder, lts, seconds):
        self.slurm, self.folder, self.lts = slurm, folder, lts
        (folder / "train.yaml").write_text(CONFIG, encoding="ascii")
        text = "".join(f"Verse {i % 41}: and the earth was without form.\n" for i in range(900))
        (folder / "text.txt").write_text(text, encoding="ascii")
        self.run("prepare", folder / "text.txt", "-o", folder / "data")
        rate = json.loads(self.run(*self.words("rate", 30), "--json"))["tokens_per_s"] / (8 * 64)
        self.steps = max(100, round(rate * seconds))
        print(f"{self.steps} steps of about {1 / rate:.3f} s", flush=True)

    def run(self, *words):
        return subprocess.run([str(word) for word in (self.lts, *words)], check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout

    def inputs(self, name, steps):
        """Configuration, model, data, output and the rest, in the order of one_model.sbatch."""
        return [self.folder / "train.yaml", MODEL, self.folder / "data", self.folder / name,
                "--set", f"steps={steps}"]

    def words(self, name, steps):
        config, model, data, output, *rest = self.inputs(name, steps)
        return ["train", config, "--model", model, "--data", data, "-o", output, *rest]

    def submit(self, name, *options):
        """A job that trains on two tasks."""
        script = ROOT / "experiments" / "retrain" / "one_model.sbatch"
        return self.slurm.run(
            "sbatch", "--parsable", "--nodes=1", "--ntasks-per-node=2",
            f"--export=ALL,LTS={self.lts}", f"--output={self.folder}/{name}.log", *options, script,
            *self.inputs(name, self.steps)).strip()

    def losses(self, name):
        """(step, loss) of every line of log.jsonl that has a loss, in its order."""
        lines = (self.folder / name / "log.jsonl").read_text(encoding="utf-8").splitlines()
        records = map(json.loads, lines)
        return [(one["step"], one["loss"]) for one in records if "loss" in one]

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    def wait_for_step(self, name, step):
        log = self.folder / name / "log.jsonl"
        wait_until(lambda: log.exists() and len(self.losses_so_far(log)) >= step, 120,
                   f"step {step} of {name}")

    @staticmethod
    def losses_so_far(log):
        return [line for line in log.read_text(encoding="utf-8").splitlines() if '"loss"' in line]

    def finish(self, number, name, run=None):
        """Lets a job that waits in the queue start at once (Slurm has it wait for two minutes),
        until it is done. `run`: its folder, where that is not named as its log is."""
        for _ in range(1500):
            job = self.slurm.job(number)
            if job["JobState"] in ("COMPLETED", "FAILED", "CANCELLED"):
                break
            if job["JobState"] == "PENDING":
                self.slurm.scontrol("update", f"JobId={number}", "StartTime=now", check=False)
            time.sleep(1)
        if self.slurm.job(number)["JobState"] != "COMPLETED":
            print(self.log(name)[-2000:])
        check(self.slurm.job(number)["JobState"] == "COMPLETED", f"{name}: the job completes")
        steps = [step for step, _ in self.losses(run or name)]
        check(steps == list(range(1, self.steps + 1)), f"{name}: one log, every step once")

    def whole(self):
        """The losses of two ranks that were never stopped."""
        if not (self.folder / "whole").exists():
            number = self.submit("whole", "--time=60")
            self.finish(number, "whole")
        return self.losses("whole")


def time_limit(slurm, trainings):
    number = trainings.submit("time_limit", "--time=2", "--signal=USR2@60")
    trainings.wait_for_step("time_limit", 1)
    slurm.wait_for(number, ["PENDING"], 240)
    check(int(slurm.job(number)["Restarts"]) == 1, "time limit: the job is requeued, once")
    check("saved; the job's state is RUNNING" in trainings.log("time_limit"),
          "time limit: warned, all ranks save, and the script requeues")
    trainings.finish(number, "time_limit")
    check(trainings.losses("time_limit") == trainings.whole(),
          "time limit: the losses of all steps equal those of an uninterrupted run, bit for bit")


def preempt(slurm, trainings, name, grace_s):
    slurm.scontrol("update", "PartitionName=low", f"GraceTime={grace_s}")
    number = trainings.submit(name, "--time=60")
    trainings.wait_for_step(name, 20)
    other = slurm.run("sbatch", "--parsable", "--partition=high", "--exclusive",
                      f"--output={trainings.folder}/other.log", "--wrap", "sleep 5").strip()
    slurm.wait_for(other, ["COMPLETED"], 180)
    check(int(slurm.job(number)["Restarts"]) == 1, f"{name}: the job is requeued once, not twice")
    said = [line for line in trainings.log(name).splitlines() if line.startswith("saved; ")]
    print(f"        the script said: {said}")
    trainings.finish(number, name)
    check(int(slurm.job(number)["Restarts"]) == 1, f"{name}: still once")
    check(trainings.losses(name) == trainings.whole(),
          f"{name}: the losses of all steps equal those of an uninterrupted run, bit for bit")


def preempted(slurm, trainings):
    """With a time of grace: the job is warned while it still runs, and requeues itself."""
    preempt(slurm, trainings, "preempted", 60)


def preempted_at_once(slurm, trainings):
    """Without: Slurm has put the job back in the queue when it is told to end."""
    preempt(slurm, trainings, "preempted_at_once", 0)


def cancelled(slurm, trainings):
    number = trainings.submit("cancelled", "--time=60")
    trainings.wait_for_step("cancelled", 20)
    slurm.run("scancel", number)
    slurm.wait_for(number, ["CANCELLED"], 120)
    wait_until(lambda: "saved; " in trainings.log("cancelled"), 60, "the script's end")
    time.sleep(5)
    job = slurm.job(number)
    check(job["JobState"] == "CANCELLED" and int(job["Restarts"]) == 0,
          "scancel: the run is saved, the job is not requeued")
    print(f"        the script said: {trainings.log('cancelled').splitlines()[-1]}")


def srun(slurm, trainings):
    """Two tasks of srun, by Slurm's environment alone."""
    slurm.run("srun", "--ntasks=2", trainings.lts, *trainings.words("srun", 30))
    one, two = trainings.losses("rate"), trainings.losses("srun")
    check([step for step, _ in one] == [step for step, _ in two] and len(one) == 30,
          "srun -n 2: every step once, as in one process")
    apart = max(abs(a[1] - b[1]) for a, b in zip(one, two))
    check(apart < 1e-5, f"srun -n 2: the losses of one process within 1e-5 ({apart:.1e})")


def winners(slurm, trainings):
    """Every winner of a search by all_winners.sbatch, an array of jobs, warned as at a time limit."""
    archids = ["gpt2_x", "gpt2_y"]
    folder = trainings.folder / "search" / "winners"
    folder.mkdir(parents=True)
    (folder / "winners.csv").write_text("index,archid\n0,gpt2_x\n1,gpt2_y\n", encoding="ascii")
    for layers, name in enumerate(archids, start=1):
        (folder / f"{name}.yaml").write_text(
            f"family: gpt2\nn_layer: {layers}\nd_model: 32\nd_inner: 48\nn_head: 2\n",
            encoding="ascii")
    number = slurm.run(
        "sbatch", "--parsable", "--array=0-1", f"--export=ALL,LTS={trainings.lts}",
        f"--output={trainings.folder}/winners-%a.log",
        ROOT / "experiments" / "retrain" / "all_winners.sbatch", trainings.folder / "train.yaml",
        trainings.folder / "search", trainings.folder / "data", trainings.folder / "gallery",
        "--set", f"steps={trainings.steps}").strip()
    for name in archids:
        trainings.wait_for_step(f"gallery/{name}", 5)
    slurm.run("scancel", "--signal=USR2", number)
    for index in range(2):
        slurm.wait_for(f"{number}_{index}", ["PENDING"], 120)
        check(int(slurm.job(f"{number}_{index}")["Restarts"]) == 1,
              f"winner {index} of an array: saved, and its own job is requeued")
    for index, name in enumerate(archids):
        trainings.finish(f"{number}_{index}", f"winners-{index}", f"gallery/{name}")
    layers = [json.loads((trainings.folder / "gallery" / name / "config.json").read_text(
        encoding="utf-8"))["n_layer"] for name in archids]
    check(layers == [1, 2] and (trainings.folder / "gallery" / "tokenizer.json").exists(),
          "all_winners.sbatch: a gallery as lts train --winners makes it")


SCENARIOS = {"srun": srun, "winners": winners, "time_limit": time_limit, "preempted": preempted,
             "preempted_at_once": preempted_at_once, "cancelled": cancelled}


def rehearse(lts, folder, scenarios, seconds):
    """Plays `scenarios` with trainings of about so many seconds; exit status 1 at the first fact
    that does not hold, SKIPPED where there is no Slurm to be had."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        needs = ", ".join(missing) or "root"
        print(f"skipped: needs {needs} (Debian: slurmctld, slurmd, slurm-client, munge)")
        sys.exit(SKIPPED)
    with contextlib.closing(Slurm(pathlib.Path(folder))) as slurm:
        try:
            slurm.start_all()
        except (TimeoutError, subprocess.CalledProcessError) as error:
            print(f"skipped: no Slurm can be started here: {error}")
            sys.exit(SKIPPED)
        trainings = Trainings(slurm, pathlib.Path(folder), lts, seconds)
        for name in scenarios:
            SCENARIOS[name](slurm, trainings)
