"""GPT-2 whose layers have a number of heads and a feed-forward width of their own.

Written beside every gpt2_flex model: AutoModelForCausalLM.from_pretrained(folder,
trust_remote_code=True) finds it by the auto_map of config.json. All else is transformers' GPT-2.
"""

import copy

from transformers import GPT2Config, GPT2LMHeadModel
from transformers.models.gpt2.modeling_gpt2 import GPT2MLP, GPT2Attention


class Gpt2FlexConfig(GPT2Config):
    """A GPT2Config with an entry a layer in n_head_per_layer and n_inner_per_layer; its n_head and
    n_inner are the first layer's."""

    model_type = "gpt2_flex"

    def __init__(self, n_head_per_layer=None, n_inner_per_layer=None, **kwargs):
        super().__init__(**kwargs)
        n_inner = 4 * self.n_embd if self.n_inner is None else self.n_inner
        self.n_head_per_layer = n_head_per_layer or [self.n_head] * self.n_layer
        self.n_inner_per_layer = n_inner_per_layer or [n_inner] * self.n_layer
        self.n_head = self.n_head_per_layer[0]
        self.n_inner = self.n_inner_per_layer[0]


def attention_with_heads(config, n_head, layer):
    own = copy.copy(config)
    own.n_head = n_head
    attention = GPT2Attention(own, layer_idx=layer)
    attention.config = config  # the kind of attention may still be chosen there
    return attention


class Gpt2FlexLMHeadModel(GPT2LMHeadModel):
    config_class = Gpt2FlexConfig

    @classmethod
    def is_custom_code(cls):
        """Else transformers 5 leaves out the smaller initial weights of c_proj."""
        return False

    def __init__(self, config):
        super().__init__(config)
        for layer, block in enumerate(self.transformer.h):
            block.attn = attention_with_heads(config, config.n_head_per_layer[layer], layer)
            block.mlp = GPT2MLP(config.n_inner_per_layer[layer], config)
        self.post_init()
