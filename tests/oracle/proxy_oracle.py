"""The gradient proxies beside the same definitions written over Hugging Face's models.

The probe gives the initial weights and the values. Batch and read-out are drawn by CPython's own
`random`. Here everything is in fp64 and in another way than ours: masks for snip, finite differences for
grasp, hooks for fisher, singular values for synaptic_diversity.
"""

import json
import math
import random
import tempfile
import types
from pathlib import Path

import numpy
import torch
from hugging_face import check, run_probe
from transformers import AutoModelForCausalLM
from transformers.models.llama.modeling_llama import LlamaRMSNorm
from transformers.pytorch_utils import Conv1D

ARCHITECTURES = ["gpt2:n_layer=2,d_model=64,d_inner=192,n_head=4,vocab_size=500",
                 "gpt2:n_layer=3,d_model=128,d_inner=64,n_head=2,vocab_size=2000",
                 "llama:n_layer=2,d_model=64,d_inner=96,n_head=4,n_kv_head=2,vocab_size=500"]
BATCH, SEQUENCE, SEED = 5, 24, 3
TOLERANCE = 1e-4  # relative; ours is fp32


def ours(architecture):
    """The values, and the model they are of."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model")
        values = json.loads(run_probe("proxy_probe", architecture, BATCH, SEQUENCE, SEED, path))
        model = AutoModelForCausalLM.from_pretrained(path, attn_implementation="eager")
    return values, in_double(model).eval()


def in_double(model):
    """Transformers computes LlamaRMSNorm in fp32 whatever it is given: too coarse for differences."""
    def norm(self, hidden):
        return self.weight * hidden * torch.rsqrt(hidden.pow(2).mean(-1, keepdim=True) + self.variance_epsilon)

    for module in model.modules():
        if isinstance(module, LlamaRMSNorm):
            module.forward = types.MethodType(norm, module)
    return model.double()


def draw_batch(vocab_size):
    """Token ids, and the weights of jacob_cov's read-out."""
    rng = random.Random(SEED)
    tokens = [[rng.randrange(vocab_size) for _ in range(SEQUENCE)] for _ in range(BATCH)]
    bound = 1 / math.sqrt(vocab_size)
    read_out = [bound * (2 * rng.random() - 1) for _ in range(vocab_size)]
    return torch.tensor(tokens), torch.tensor(read_out, dtype=torch.double)


def linears(model):
    return {name: module for name, module in model.named_modules()
            if isinstance(module, (Conv1D, torch.nn.Linear)) and name != "lm_head"}


def loss_of(model, tokens):
    return model(tokens, labels=tokens).loss


def weight_gradients(model, tokens):
    model.zero_grad()
    loss_of(model, tokens).backward()
    return {name: module.weight.grad.clone() for name, module in linears(model).items()}


def grad_norm(model, tokens):
    return sum(gradient.norm().item() for gradient in weight_gradients(model, tokens).values())


def snip(model, tokens):
    masks = {f"{name}.weight": torch.ones_like(module.weight, requires_grad=True)
             for name, module in linears(model).items()}
    weights = dict(model.named_parameters())
    masked = {name: weights[name].detach() * mask for name, mask in masks.items()}
    out = torch.func.functional_call(model, masked, (tokens,), {"labels": tokens})
    return sum(gradient.abs().sum().item()
               for gradient in torch.autograd.grad(out.loss, list(masks.values())))


def grasp(model, tokens):
    """-sum of W * Hg, with Hg as the change of the gradient along g."""
    direction = weight_gradients(model, tokens)
    step = 1e-6 / max(gradient.abs().max().item() for gradient in direction.values())
    shifted = []
    for sign in (1, -1, -1, 1):  # weights + step, as they were, - step, as they were
        with torch.no_grad():
            for name, module in linears(model).items():
                module.weight += sign * step * direction[name]
        shifted.append(weight_gradients(model, tokens))
    after, before = shifted[0], shifted[2]
    return -sum((module.weight * (after[name] - before[name])).sum().item() / (2 * step)
                for name, module in linears(model).items())


def fisher(model, tokens):
    seen = {}

    def keep(name):
        def hook(module, inputs, output):
            output.retain_grad()
            seen[name] = output
        return hook

    hooks = [module.register_forward_hook(keep(name)) for name, module in linears(model).items()]
    loss_of(model, tokens).backward()
    for hook in hooks:
        hook.remove()
    total = 0.0
    for name, module in linears(model).items():
        output = seen[name]
        outputs = output.shape[-1]
        product = (output.detach() * output.grad).reshape(-1, outputs)
        channel = 0.5 * (product ** 2).mean(0)
        axis = 0 if isinstance(module, Conv1D) else 1  # of the inputs
        total += channel.unsqueeze(axis).expand(module.weight.shape).sum().item()
    return total


def jacob_cov(model, tokens, read_out):
    embedded = model.get_input_embeddings()(tokens).detach().requires_grad_()
    (model(inputs_embeds=embedded).logits @ read_out).sum().backward()
    correlations = numpy.corrcoef(embedded.grad.reshape(len(tokens), -1).numpy())
    values = numpy.linalg.eigvals(correlations).real
    return float(-numpy.sum(numpy.log(values + 1e-5) + 1 / (values + 1e-5)))


def synaptic_diversity(model, tokens):
    gradients = weight_gradients(model, tokens)
    return sum((torch.linalg.svdvals(module.weight.detach()).sum()
                * torch.linalg.svdvals(gradients[name]).sum()).item()
               for name, module in linears(model).items() if ".attn." in name or ".self_attn." in name)


def synflow(model):
    """Changes the model."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.abs_()
    model.zero_grad()
    ones = torch.ones(1, SEQUENCE, model.config.hidden_size, dtype=torch.double)
    model(inputs_embeds=ones).logits.sum().backward()
    return sum((module.weight * module.weight.grad).abs().sum().item()
               for module in linears(model).values())


def expected(model):
    tokens, read_out = draw_batch(model.config.vocab_size)
    return {"grad_norm": grad_norm(model, tokens), "snip": snip(model, tokens),
            "grasp": grasp(model, tokens), "fisher": fisher(model, tokens),
            "jacob_cov": jacob_cov(model, tokens, read_out),
            "synaptic_diversity": synaptic_diversity(model, tokens), "synflow": synflow(model)}


def main():
    for architecture in ARCHITECTURES:
        values, model = ours(architecture)
        theirs = expected(model)
        check(values.keys() == theirs.keys(), f"{architecture}: {', '.join(theirs)}")
        for name, value in theirs.items():
            error = abs(values[name] / value - 1)
            check(error <= TOLERANCE, f"{name} {value:.9g} differs by {error:.1e} of itself")


if __name__ == "__main__":
    main()
