"""An objective's program of docs/objectives.md: an architecture is worth its decoder parameters.
What else it answers, and how it fails, is said by the words it is given (NAME or NAME=VALUE); `at=2`
keeps a fault to requests with an architecture of two layers. `log` names a file that gets each
request, `starts` one that gets a line at each start."""

import json
import os
import sys
import time

SAY = dict(word.partition("=")[::2] for word in sys.argv[1:])


def append(name, line):
    if name in SAY:
        with open(SAY[name], "a", encoding="utf-8") as file:
            file.write(line)


def faulty(architecture):
    return "at" not in SAY or architecture["config"]["n_layer"] == int(SAY["at"])


def fail():
    if "once" in SAY and os.path.exists(SAY["once"]):  # fails the first time only
        return
    if "once" in SAY:
        open(SAY["once"], "w", encoding="utf-8").close()
    if "dies" in SAY:
        sys.exit("CUDA error: an illegal memory access")
    if "hangs" in SAY:
        time.sleep(60)


def errors(values, architectures):
    bad = [(i, a["archid"], f"no room for {a['archid']}")
           for i, (v, a) in enumerate(zip(values, architectures)) if v is None]
    of = {i: text for i, _, text in bad}
    return {"list": [of.get(i) for i in range(len(values))], "nulls": [text for *_, text in bad],
            "archid": {archid: text for _, archid, text in bad},
            "index": {str(i): text for i, _, text in bad}, "none": None}[SAY["null"]]


def answer(request):
    architectures = request["architectures"]
    values = [None if "null" in SAY and faulty(a) else a["decoder_params"] for a in architectures]
    out = {"id": request["id"], "values": values}
    if "null" in SAY:
        out["errors"] = errors(values, architectures)
    out.update({key: json.loads(SAY[key]) for key in ("id", "values") if key in SAY})
    return json.dumps(out)


append("starts", "started\n")
for line in sys.stdin:
    append("log", line)
    asked = json.loads(line)
    if any(faulty(a) for a in asked["architectures"]):
        fail()
    print(SAY["raw"] if "raw" in SAY else answer(asked), flush=True)
