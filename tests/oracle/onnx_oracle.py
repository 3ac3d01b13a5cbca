"""The ONNX file beside Hugging Face's GPT-2: onnx's checker, ONNX Runtime, its transformer optimiser."""

import json
import logging
import tempfile
from collections import Counter
from pathlib import Path

import torch
from hugging_face import arch_text, check, hugging_face_class, is_flex, run_probe

import numpy
import onnx
import onnxruntime
from onnxruntime.transformers import optimizer

TOLERANCE = 1e-4  # absolute, of log-probabilities, fp32
MIN_SPREAD = 5.0  # largest minus smallest logit: flat logits would hide an error
PAST = 21  # positions before the run where the graph takes them

# n_layer, d_model, d_inner, n_head, vocab_size, max_sequence_length
ARCHITECTURES = [(2, 128, 960, 2, 50257, 1024), (4, 192, 128, 8, 1000, 256), (1, 64, 448, 4, 97, 64),
                 (3, 64, [96, 448, 32], [2, 8, 4], 300, 128)]
LONG = (2, 64, 96, 2, 1000, 5000)  # more positions than a constant mask is made for
FORMS = [{}, {"batch": 2}, {"sequence": 30}, {"batch": 3, "sequence": 30}, {"sequence": 1},
         {"with_past": True}, {"with_past": True, "batch": 2, "sequence": 3, "past": PAST},
         {"with_past": True, "sequence": 1}, {"with_past": True, "past": PAST},
         *({"opset": opset} for opset in range(13, 21)),
         *({"opset": opset, "with_past": True} for opset in (13, 20))]


def write(architecture, form, path):
    run_probe("onnx_probe", arch_text(architecture, *architecture[4:]), json.dumps({"deviation": 0.15, **form}), path)


def model_with_the_weights_of(path, architecture):
    """Transformers' model, which refuses a name or shape that is not its own."""
    model_class, config = hugging_face_class(architecture, vocab_size=architecture[4],
                                             n_positions=architecture[5], bos_token_id=0, eos_token_id=0)
    model = model_class(config).eval()
    state = {tensor.name: torch.from_numpy(onnx.numpy_helper.to_array(tensor).copy())
             for tensor in onnx.load(path).graph.initializer}
    missing, unexpected = model.load_state_dict(state, strict=False)
    check(missing == ["lm_head.weight"] and not unexpected, f"{architecture}: the tied head is stored once")
    counted = sum(tensor.numel() for tensor in state.values())
    check(counted == sum(parameter.numel() for parameter in model.parameters()),
          f"{architecture}: initialisers are its {counted} parameters")
    return model


def example(model, architecture, form):
    """Inputs of the graph; what Hugging Face answers: log-probabilities, caches of each layer."""
    batch, length = form.get("batch", 2), form.get("sequence", 30)
    past = PAST if form.get("with_past") else 0
    generator = torch.Generator().manual_seed(length)
    tokens = torch.randint(architecture[4], (batch, past + length), generator=generator)
    feed = {"input_ids": tokens[:, past:].numpy()}
    with torch.no_grad():
        if past:
            for i, layer in enumerate(model(tokens[:, :past]).past_key_values.layers):
                feed[f"past_{i}"] = torch.stack([layer.keys, layer.values]).numpy()
        output = model(tokens)
    logits = output.logits[:, -1]
    check((logits.max() - logits.min()).item() >= MIN_SPREAD, "the logits spread")
    caches = [torch.stack([layer.keys, layer.values]).numpy() for layer in output.past_key_values.layers]
    return feed, [logits.log_softmax(-1).numpy(), *(caches if past else [])]


def check_outputs(path, feed, expected, what):
    outputs = onnxruntime.InferenceSession(path).run(None, feed)
    outputs[0] = numpy.log(outputs[0])
    shapes = [output.shape for output in outputs]
    check(shapes == [value.shape for value in expected], f"{what}: outputs {shapes}")
    error = max(abs(ours - theirs).max() for ours, theirs in zip(outputs, expected))
    check(error <= TOLERANCE, f"{what}: differs by at most {error:.1e}")


def check_file(path, what):
    onnx.checker.check_model(path, full_check=True)
    graph = onnx.shape_inference.infer_shapes(onnx.load(path), strict_mode=True, data_prop=True).graph
    known = {value.name for value in (*graph.value_info, *graph.output)}
    unknown = [name for node in graph.node for name in node.output if name not in known]
    check(not unknown, f"{what}: onnx's checker agrees and infers every shape")


def check_fused(path, architecture, form, feed, expected, what):
    """Symbolic shapes at the optimiser's defaults, fixed ones without ONNX Runtime's own passes first
    (opt_level 0, as the reference): they fold the mask that it recognises the attention by."""
    fixed = "sequence" in form or "past" in form
    model = optimizer.optimize_model(path, model_type="gpt2", num_heads=architecture[3],
                                     hidden_size=architecture[1], opt_level=0 if fixed else None)
    fused = path.replace(".onnx", "-fused.onnx")
    model.save_model_to_file(fused)
    counts = Counter(node.op_type for node in model.model.graph.node)
    found = [counts[name] for name in ("Attention", "FastGelu", "SkipLayerNormalization")]
    n_layer = architecture[0]
    check(found == [n_layer, n_layer, 2 * n_layer], f"{what}: attention, GELU and norms are fused {found}")
    check_outputs(fused, feed, expected, f"{what}, fused")


def check_form(model, architecture, form, folder):
    what, path = f"{architecture} {form}", str(folder / "model.onnx")
    write(architecture, form, path)
    check_file(path, what)
    feed, expected = example(model, architecture, form)
    check_outputs(path, feed, expected, what)
    # ONNX Runtime 1.32's optimiser takes opset 20's Gelu for the erf form (BiasGelu), off by 1e-3, and
    # one number of heads for all layers.
    if form.get("opset") != 20 and not is_flex(architecture):
        check_fused(path, architecture, form, feed, expected, what)


def check_external_data(model, architecture, folder):
    path = str(folder / "split.onnx")
    write(architecture, {"max_file_bytes": 100_000}, path)
    check(Path(path + ".data").stat().st_size > 10 * Path(path).stat().st_size, "weights are beside the file")
    onnx.checker.check_model(path)
    check_outputs(path, *example(model, architecture, {}), "external data")


def check_long(folder):
    path = str(folder / "long.onnx")
    for form in ({}, {"with_past": True}):
        write(LONG, form, path)
        model = model_with_the_weights_of(path, LONG)
        check_file(path, f"{LONG} {form}")
        check_outputs(path, *example(model, LONG, form), f"{LONG} {form}")


def main():
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for architecture in ARCHITECTURES:
            path = folder / "weights.onnx"
            write(architecture, {}, path)
            model = model_with_the_weights_of(path, architecture)
            for form in FORMS if architecture != ARCHITECTURES[0] else FORMS[3:7]:
                check_form(model, architecture, form, folder)
        check_external_data(model, architecture, folder)
        check_long(folder)


if __name__ == "__main__":
    main()
