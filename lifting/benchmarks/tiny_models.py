"""Pretrained models in miniature: the same classes and files as the real ones, a few thousand random weights. They know nothing.

What runs with them is the code that loads, calls and reads the real ones; what comes out is noise, the same for the same seed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers.utils import logging

WORDS = ("a", "the", "teapot", "teacup", "mug", "pours", "into", "on", "table", "white", "background")
SPREAD = 0.2  # of weights: enough that outputs depend on inputs


def randomised(model: Any, seed: int = 0, spread: float = SPREAD) -> Any:
    """The model with random weights, whatever it began with: matrices are normal, biases zero, gains of norms as they are."""
    logging.disable_progress_bar()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1 and parameter.numel():
                parameter.copy_(spread * torch.randn(parameter.shape, generator=generator))
            elif name.endswith("bias"):
                parameter.zero_()
    return model.eval()


def tiny_tokenizer(length: int = 16) -> Any:
    """A tokenizer of a dozen words; [CLS], [SEP] and the full stop have the numbers that Grounding DINO knows them by."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    numbers = {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, ".": 1012} | {word: 5 + i for i, word in enumerate(WORDS)}
    plain = Tokenizer(models.WordLevel(numbers, unk_token="[UNK]"))
    plain.normalizer, plain.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.BertPreTokenizer()
    plain.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 101), ("[SEP]", 102)])
    return PreTrainedTokenizerFast(tokenizer_object=plain, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]",
                                   sep_token="[SEP]", eos_token="[SEP]", bos_token="[CLS]", model_max_length=length)


VOCABULARY = 1024


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
                          num_attention_heads=2, max_position_embeddings=16, eos_token_id=102, bos_token_id=101, pad_token_id=0)
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


def tiny_grounding_dino(folder: Path) -> Path:
    """Grounding DINO: a Swin and a BERT of one layer each, twelve boxes."""
    from transformers import BertConfig, GroundingDinoConfig, GroundingDinoForObjectDetection, SwinConfig

    swin = SwinConfig(image_size=32, embed_dim=8, depths=[1, 1, 1, 1], num_heads=[1, 1, 1, 1], window_size=2,
                      out_features=["stage2", "stage3", "stage4"])
    bert = BertConfig(vocab_size=VOCABULARY, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
                      max_position_embeddings=64)
    config = GroundingDinoConfig(
        backbone_config=swin, text_config=bert, d_model=32, encoder_layers=1, decoder_layers=2, encoder_ffn_dim=16,
        decoder_ffn_dim=16, encoder_attention_heads=2, decoder_attention_heads=2, num_queries=12, max_text_len=64,
    )  # fmt: skip
    randomised(GroundingDinoForObjectDetection(config)).save_pretrained(folder)
    tiny_tokenizer(64).save_pretrained(folder)
    return folder


def tiny_sam2(folder: Path, seed: int = 3) -> Path:
    """SAM 2 for videos of 128 x 128 pixels: a Hiera of four blocks, and a memory."""
    from transformers import Sam2HieraDetConfig, Sam2VideoConfig, Sam2VideoModel, Sam2VisionConfig

    hiera = Sam2HieraDetConfig(
        hidden_size=8, image_size=[128, 128], blocks_per_stage=[1, 1, 1, 1], embed_dim_per_stage=[8, 16, 32, 64],
        num_attention_heads_per_stage=[1, 1, 1, 1], window_size_per_stage=[4, 4, 4, 4], global_attention_blocks=[],
        window_positional_embedding_background_size=[4, 4],
    )  # fmt: skip
    vision = Sam2VisionConfig(backbone_config=hiera, backbone_channel_list=[64, 32, 16, 8],
                              backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]], fpn_hidden_size=256)
    config = Sam2VideoConfig(
        vision_config=vision, prompt_encoder_config={"image_size": 128}, image_size=128, memory_attention_num_layers=1,
        mask_decoder_config={"mlp_dim": 32, "num_attention_heads": 2}, memory_attention_feed_forward_hidden_size=32,
        memory_attention_rope_feat_sizes=[8, 8], memory_fuser_num_layers=1, memory_fuser_intermediate_dim=32,
    )  # fmt: skip
    randomised(Sam2VideoModel(config), seed, 0.1).save_pretrained(folder)
    return folder


def tiny_flux(folder: Path) -> Path:
    """FLUX: one block of each kind, a CLIP, a T5 and an autoencoder; pictures of multiples of 16 pixels."""
    from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel
    from transformers import CLIPTextConfig, CLIPTextModel, T5Config, T5EncoderModel

    transformer = FluxTransformer2DModel(patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
                                         num_attention_heads=2, joint_attention_dim=32, pooled_projection_dim=16,
                                         axes_dims_rope=(4, 4, 8), guidance_embeds=True)
    clip = CLIPTextConfig(vocab_size=VOCABULARY, hidden_size=16, intermediate_size=16, num_hidden_layers=1,
                          num_attention_heads=2, max_position_embeddings=16, eos_token_id=102, bos_token_id=101, pad_token_id=0)
    FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(), vae=_autoencoder(4, AutoencoderKL, shift_factor=0.1, scaling_factor=0.4),
        text_encoder=randomised(CLIPTextModel(clip)), tokenizer=tiny_tokenizer(), tokenizer_2=tiny_tokenizer(),
        text_encoder_2=randomised(T5EncoderModel(_tiny_t5(T5Config))), transformer=randomised(transformer),
    ).save_pretrained(folder)  # fmt: skip
    return folder


def _tiny_t5(kind: Any) -> Any:
    return kind(vocab_size=VOCABULARY, d_model=32, d_kv=8, d_ff=32, num_layers=1, num_heads=2)


def tiny_wan(folder: Path) -> Path:
    """Wan 2.2's small model, which turns a picture and a prompt into a film of 4k + 1 frames, in multiples of 16 pixels."""
    from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanImageToVideoPipeline, WanTransformer3DModel
    from transformers import UMT5Config, UMT5EncoderModel

    vae = AutoencoderKLWan(base_dim=4, z_dim=4, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True],
                           latents_mean=[0.0] * 4, latents_std=[1.0] * 4)
    transformer = WanTransformer3DModel(patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=4,
                                        out_channels=4, text_dim=32, freq_dim=16, ffn_dim=16, num_layers=1, rope_max_seq_len=32)
    WanImageToVideoPipeline(
        tokenizer=tiny_tokenizer(), text_encoder=randomised(UMT5EncoderModel(_tiny_t5(UMT5Config))), vae=randomised(vae),
        scheduler=UniPCMultistepScheduler(flow_shift=3.0, prediction_type="flow_prediction", use_flow_sigmas=True),
        transformer=randomised(transformer), expand_timesteps=True,
    ).save_pretrained(folder)  # fmt: skip
    return folder
