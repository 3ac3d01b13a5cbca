"""A device's program of docs/protocol.md that measures nothing: what it answers, and how it fails,
is said by the words it is given (NAME or NAME=VALUE). `log` names a file that gets each request."""

import json
import os
import signal
import sys
import time

SAY = dict(word.partition("=")[::2] for word in sys.argv[1:])
BOARD = SAY.get("board", "fake")


def say(line):
    print(line if isinstance(line, str) else json.dumps(line), flush=True)


def hello():
    if "noise" in SAY:
        say("Welcome to the board\r\n[WARN] 3 sensors")
    if "silent" in SAY:
        time.sleep(60)
    if "dies_at_once" in SAY:
        sys.exit("Traceback: No module named 'runtime'")
    if os.path.exists("board"):  # a file that was copied along, or that a test changes
        with open("board", encoding="utf-8") as file:
            return {"lts": 1, "device": {"board": file.read().strip()}}
    return json.loads(SAY["hello"]) if "hello" in SAY else {"lts": 1, "device": {"board": BOARD}}


def figures(request):
    answer = {"id": request["id"], "samples_s": [1e-6] * request["runs"]}
    if "sizes" in SAY:  # what arrived, as a figure that the test can read
        model = request["model"]
        answer["peak_bytes"] = os.path.getsize(model) if model else 1
    answer.update({key: json.loads(SAY[key]) for key in
                   ("id", "samples_s", "peak_bytes", "energy_j", "load_s", "error", "kind")
                   if key in SAY})
    if request["logits"] and "logits" in SAY:
        answer["logits_last"] = [float(SAY["logits"])] * request["config"]["vocab_size"]
    return answer


def main():
    say(hello())
    count = 0
    for line in sys.stdin:
        request = json.loads(line)
        count += 1
        if "log" in SAY:
            with open(SAY["log"], "a", encoding="utf-8") as log:
                log.write(line)
        if "once" in SAY and os.path.exists(SAY["once"]):  # fails the first time only
            say(figures(request))
            continue
        if "once" in SAY:
            open(SAY["once"], "w", encoding="utf-8").close()
        if "exits" in SAY and count >= int(SAY["exits"]):
            sys.exit("Segmentation fault (core dumped)")
        if "killed" in SAY:
            os.kill(os.getpid(), signal.SIGKILL)
        if "hangs" in SAY:
            time.sleep(60)
        say(SAY["raw"] if "raw" in SAY else figures(request))


main()
