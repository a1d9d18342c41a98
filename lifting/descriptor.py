"""The network that sees what a pixel shows: a unit vector that is alike where two instances of a category correspond.

Convolutions down to a sixteenth of the picture, attention there, since which side of a mug is seen can be told from its handle
only, and convolutions up again to a quarter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from oor.files import write_safetensors

LARGE = 2**16  # numbers of a matrix from which on it is kept as bytes
SCALE = ".scale"  # after the name of such a matrix


@dataclass(frozen=True)
class DescriptorConfig:
    """Sizes of the network."""

    size_px: int = 192  # of the square picture it looks at
    channels: int = 64  # at a quarter; twice as many at an eighth, and again at a sixteenth
    layers: int = 4  # of attention
    heads: int = 4
    width: int = 64  # numbers of a descriptor


class DescriptorNetwork(nn.Module):
    """Pictures (n, 3, s, s), 0 to 1, to maps (n, width + 1, s/4, s/4): what `directions` makes descriptors
    of, then a logit of no background. Pictures may be smaller than the configuration says, in steps of 16 pixels.

    `sharpness`: the logarithm of what cosines of descriptors are multiplied by, to be logits of one point being another.
    """

    def __init__(self, config: DescriptorConfig) -> None:
        super().__init__()
        self.config = config
        fine, middle, coarse = config.channels, 2 * config.channels, 4 * config.channels
        self.stem = nn.Sequential(nn.Conv2d(3, fine // 2, 3, 2, 1), nn.GELU(), nn.Conv2d(fine // 2, fine, 3, 2, 1))
        self.fine = nn.Sequential(Residual(fine), Residual(fine))
        self.middle = nn.Sequential(nn.Conv2d(fine, middle, 2, 2), Residual(middle), Residual(middle))
        self.coarse = nn.Sequential(nn.Conv2d(middle, coarse, 2, 2), Residual(coarse))
        self.place = nn.Parameter(torch.zeros(1, coarse, config.size_px // 16, config.size_px // 16))
        layer = nn.TransformerEncoderLayer(coarse, config.heads, 4 * coarse, 0.0, "gelu", batch_first=True, norm_first=True)
        self.attention = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
        self.up_middle = nn.Sequential(nn.Conv2d(coarse + middle, middle, 1), Residual(middle), Residual(middle))
        self.up_fine = nn.Sequential(nn.Conv2d(middle + fine, fine, 1), Residual(fine), Residual(fine))
        self.head = nn.Conv2d(fine, config.width + 1, 1)
        self.centre = Centre(config.width)
        self.sharpness = nn.Parameter(torch.tensor(2.7))

    def directions(self, raw: Tensor) -> Tensor:
        """Descriptors (m, width) of length 1, from what the maps say."""
        return functional.normalize(self.centre(raw.float()), dim=1)

    def forward(self, pictures: Tensor) -> Tensor:
        maps: Tensor = self.head(self.seen(pictures)[0])
        return maps

    def seen(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """What the head reads (n, channels, s/4, s/4), and what attention says (n, 4 channels, s/16, s/16)."""
        fine = self.fine(self.stem(1 - pictures))  # white paper is nothing
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        place = functional.interpolate(self.place, coarse.shape[2:], mode="bilinear", align_corners=False)
        with sdpa_kernel(SDPBackend.MATH):  # for this few tokens it learns faster on a CPU than what is made for many
            tokens = self.attention((coarse + place).flatten(2).mT)
        coarse = tokens.mT.reshape(coarse.shape)
        middle = self.up_middle(torch.cat([_doubled(coarse), middle], dim=1))
        return self.up_fine(torch.cat([_doubled(middle), fine], dim=1)), coarse


class Centre(nn.Module):
    """Takes the usual value from every number, and divides by how far it usually is from that.

    Without, all descriptors have most of their length in common, and hardly anything to be told apart by. While learning, what is
    usual is that of the batch; afterwards, that of many.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, width: int, pace: float = 0.02) -> None:
        super().__init__()
        self.pace = pace
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("variance", torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        mean, variance = self.mean, self.variance
        if self.training:
            mean, variance = x.mean(dim=0), x.var(dim=0)
            self.mean.lerp_(mean.detach(), self.pace)
            self.variance.lerp_(variance.detach(), self.pace)
        return (x - mean) * (variance + 1e-6).rsqrt()


class Residual(nn.Module):
    """Two convolutions beside a way past them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, channels)
        self.first = nn.Conv2d(channels, channels, 3, 1, 1)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1)
        nn.init.zeros_(self.second.weight)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(functional.gelu(self.first(self.norm(x))))


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def save_descriptor(path: Path, network: DescriptorNetwork, about: Mapping[str, str]) -> None:
    """A safetensors file, its configuration and what is to be known about it as metadata.

    Large matrices are kept as bytes, with one scale for each of their rows; all else in half precision.
    """
    tensors: dict[str, Tensor] = {}
    for name, value in network.state_dict().items():
        if value.ndim < 2 or value.numel() < LARGE:
            tensors[name] = value.half()
            continue
        scale = value.flatten(1).abs().amax(dim=1).clamp_min(1e-12) / 127
        tensors[name] = (value / _across(scale, value)).round().to(torch.int8)
        tensors[name + SCALE] = scale
    write_safetensors(path, tensors, {"network": json.dumps(asdict(network.config)), **about})


def _across(scale: Tensor, value: Tensor) -> Tensor:
    return scale.reshape(-1, *[1] * (value.ndim - 1))


def _unpacked(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights in single precision."""
    return {name: value.float() * (_across(tensors[name + SCALE], value) if name + SCALE in tensors else 1.0)
            for name, value in tensors.items() if not name.endswith(SCALE)}


def load_descriptor(path: Path) -> DescriptorNetwork:
    """The network of a file that `save_descriptor` wrote. ValueError for a file that is none."""
    advice = "give a file that `python -m oor.train recipe=descriptor` wrote"
    try:
        with safe_open(path, "pt") as file:
            words, tensors = file.metadata() or {}, {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
        network = DescriptorNetwork(DescriptorConfig(**json.loads(words["network"])))
        network.load_state_dict(_unpacked(tensors))
    except FileNotFoundError:
        raise ValueError(f"there is no file {path}; {advice}") from None
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{path} holds no descriptor network ({type(error).__name__}); {advice}") from None
    return network.eval()
