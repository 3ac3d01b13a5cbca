"""Times ONNX models with ONNX Runtime for lts: a JSON request a line in, a JSON answer a line out."""
import functools, json, os, platform, sys, time
import numpy, onnxruntime

@functools.lru_cache(maxsize=3)  # the sentinel and candidates alternate
def load(model, modified, threads):
    begin, options = time.perf_counter(), onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session, {"load_s": time.perf_counter() - begin}

def answer(request):
    if request["dtype"] != "float32":
        raise ValueError(f"dtype is {request['dtype']}; accepted: float32")
    session, news = load(request["model"], os.stat(request["model"]).st_mtime_ns, request["threads"])
    sizes = {"batch_size": request["batch_size"], "seq_len": request["sequence_length"],
             "past_seq_len": request["past_length"]}
    feed = {i.name: numpy.zeros([sizes.get(d, d) for d in i.shape],
                                {"tensor(int64)": "i8", "tensor(float)": "f4"}[i.type]) for i in session.get_inputs()}
    if feed["input_ids"].shape != (sizes["batch_size"], sizes["seq_len"]):
        raise ValueError(f"input_ids is {feed['input_ids'].shape}; the request says {sizes}")
    samples_s = []
    for _ in range(request["runs"]):
        begin = time.perf_counter()
        probs = session.run(None, feed)[0]
        samples_s.append(time.perf_counter() - begin)
    if news:  # once for each loading: the logits, up to a constant
        news["logits_last"] = numpy.log(numpy.maximum(probs[0], 1e-37)).astype("f8").round(5).tolist()
    return {"samples_s": samples_s, **{key: news.pop(key) for key in list(news)}}

device = {"onnxruntime": onnxruntime.__version__, "cores": os.cpu_count(), "system": platform.platform()}
print(json.dumps({"lts": 1, "device": device}), flush=True)
for request in map(json.loads, sys.stdin):
    try:
        reply = answer(request)
    except Exception as error:
        reply = {"error": str(error), "kind": "device" if isinstance(error, OSError) else "candidate"}
    print(json.dumps({"id": request["id"], **reply}), flush=True)
