"""The compile step of npu-with-compiler.yaml: python3 compile_onnxruntime.py ARTIFACT PREPARED

Writes the graph as ONNX Runtime has optimised it, so that the device need not. What it cannot
compile ends it with a message and a status other than 0: the candidate's failure.
"""

import sys

import onnxruntime


def main():
    artifact, prepared = sys.argv[1:]
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = prepared
    onnxruntime.InferenceSession(artifact, options, providers=["CPUExecutionProvider"])


main()
