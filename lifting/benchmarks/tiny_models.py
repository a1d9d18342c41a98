"""Pretrained models in miniature: the same classes and files as the real ones, a few thousand random weights. They know nothing.

What runs with them is the code that loads, calls and reads the real ones; what comes out is noise, the same for the same seed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

WORDS = ("a", "the", "teapot", "teacup", "mug", "pours", "into", "on", "table", "white", "background", ".")
SPREAD = 0.2  # of weights: enough that outputs depend on inputs


def randomised(model: Any, seed: int = 0, spread: float = SPREAD) -> Any:
    """The model with random weights: matrices are normal, gains of norms stay as they are."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1 and parameter.numel():
                parameter.copy_(spread * torch.randn(parameter.shape, generator=generator))
    return model.eval()


def tiny_tokenizer(length: int = 16) -> Any:
    """A tokenizer of a dozen words; [CLS] and [SEP] stand around them as BERT has it."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    plain = Tokenizer(models.WordLevel({word: i for i, word in enumerate([*special, *WORDS])}, unk_token="[UNK]"))
    plain.normalizer, plain.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.BertPreTokenizer()
    plain.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 2), ("[SEP]", 3)])
    return PreTrainedTokenizerFast(tokenizer_object=plain, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]",
                                   sep_token="[SEP]", eos_token="[SEP]", bos_token="[CLS]", model_max_length=length)


VOCABULARY = len(WORDS) + 4


def tiny_dino(folder: Path, kind: str = "dinov2_with_registers", layers: int = 2, width: int = 16) -> Path:
    """DINO: dinov2, dinov2_with_registers or dinov3_vit."""
    from transformers import AutoConfig, AutoModel

    config = AutoConfig.for_model(kind, hidden_size=width, num_hidden_layers=layers, num_attention_heads=2, patch_size=14,
                                  image_size=56, intermediate_size=2 * width)
    randomised(AutoModel.from_config(config)).save_pretrained(folder)
    return folder


def tiny_stable_diffusion(folder: Path) -> Path:
    """Stable Diffusion: an autoencoder, a CLIP text encoder and a UNet of four blocks."""
    from diffusers import AutoencoderKL, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    down = ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D")
    up = ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D")
    unet = UNet2DConditionModel(sample_size=8, layers_per_block=1, block_out_channels=(8, 16, 32, 32), down_block_types=down,
                                up_block_types=up, cross_attention_dim=16, attention_head_dim=4, norm_num_groups=4)
    text = CLIPTextConfig(vocab_size=VOCABULARY, hidden_size=16, intermediate_size=16, num_hidden_layers=1,
                          num_attention_heads=2, max_position_embeddings=16, eos_token_id=3, bos_token_id=2, pad_token_id=0)
    StableDiffusionPipeline(
        vae=_autoencoder(4, AutoencoderKL), text_encoder=randomised(CLIPTextModel(text)), tokenizer=tiny_tokenizer(),
        unet=randomised(unet), scheduler=PNDMScheduler(skip_prk_steps=True, steps_offset=1), safety_checker=None,
        feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def _autoencoder(channels: int, kind: Any, **more: Any) -> Any:
    blocks = 4
    return randomised(kind(
        down_block_types=("DownEncoderBlock2D",) * blocks, up_block_types=("UpDecoderBlock2D",) * blocks,
        block_out_channels=(4,) * blocks, latent_channels=channels, norm_num_groups=2, layers_per_block=1, sample_size=64, **more,
    ))  # fmt: skip
