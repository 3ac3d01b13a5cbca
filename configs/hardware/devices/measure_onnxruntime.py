"""Times ONNX models with ONNX Runtime for lts: a JSON request a line in, a JSON answer a line out."""
import collections, contextlib, ctypes, functools, json, os, pathlib, platform, re, sys, time, timeit, numpy, onnxruntime

def resident_peak_bytes():  # of this process, since 5 was written to clear_refs
    return 1024 * int(re.search(r"VmHWM:\s*(\d+)", pathlib.Path("/proc/self/status").read_text())[1])

@functools.lru_cache(maxsize=3)  # the sentinel and candidates alternate
def load(model, modified, threads):
    ctypes.CDLL(None).malloc_trim(0)  # what earlier models freed is no room for this one
    with contextlib.suppress(OSError): pathlib.Path("/proc/self/clear_refs").write_text("5")
    before_bytes, begin, options = resident_peak_bytes(), time.perf_counter(), onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads  # and all optimisations, the default
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session, {"load_s": time.perf_counter() - begin, "peak_bytes": -before_bytes}

def answer(request):
    if request["dtype"] != "float32":
        raise ValueError(f"dtype is {request['dtype']}; accepted: float32")
    session, news = load(request["model"], os.stat(request["model"]).st_mtime_ns, request["threads"])
    sizes = dict(batch_size=request["batch_size"], seq_len=request["sequence_length"], past_seq_len=request["past_length"])
    feed = {i.name: numpy.zeros([sizes.get(d, d) for d in i.shape],
                                {"tensor(int64)": "i8", "tensor(float)": "f4"}[i.type]) for i in session.get_inputs()}
    if feed["input_ids"].shape != (sizes["batch_size"], sizes["seq_len"]):
        raise ValueError(f"input_ids is {feed['input_ids'].shape}; the request says {sizes}")
    last = collections.deque(maxlen=1)
    samples_s = timeit.repeat(lambda: last.append(session.run(None, feed)[0]), number=1, repeat=request["runs"])
    if news:  # once for each loading: how far it and the first runs raised what is resident; the logits, up to a constant
        news["peak_bytes"] = max(news["peak_bytes"] + resident_peak_bytes(), 0) or None
        news["logits_last"] = numpy.log(numpy.maximum(last[0][0], 1e-37)).astype("f8").round(5).tolist()
    return {"samples_s": samples_s, **{key: news.pop(key) for key in list(news)}}

print(json.dumps({"lts": 1, "device": {"onnxruntime": onnxruntime.__version__, "cores": os.cpu_count(),
                                       "system": platform.platform()}}), flush=True)
for request in map(json.loads, sys.stdin):
    try:
        reply = answer(request)
    except Exception as error:
        reply = {"error": str(error), "kind": "device" if isinstance(error, OSError) else "candidate"}
    print(json.dumps({"id": request["id"], **reply}), flush=True)
