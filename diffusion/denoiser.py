"""EDM preconditioning (Karras et al. 2022, table 1) around the network, in a space whitened for each context.

The network reads a mean and a standard deviation of the relations off the text and denoises z = (x - mean) / std. Whatever a
context leaves fixed (the height of a cup on a table, the uprightness of a lamp) is then as easy to get right as what it
leaves free, and data of unit variance is what the preconditioning assumes.
"""

from __future__ import annotations

from torch import Tensor, nn

from diffusion.network import NetworkConfig, RelationNet, TextStates
from oor.relation import WIDTH

LOG_STD = (-4.0, 1.0)  # range of a context's log standard deviation, in units of that of all contexts together


class Denoiser(nn.Module):
    """D(z; sigma) = c_skip z + c_out F(c_in z; ln sigma), the best guess of the clean sample behind z."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.net = RelationNet(config)

    def context(self, text: TextStates) -> Tensor:
        """(p, 1, c): what the texts say, once per prompt."""
        return self.net.context(text)

    def forward(self, z: Tensor, sigma: Tensor, context: Tensor) -> Tensor:
        """z (p, k, 15) whitened, sigma broadcastable to (p, k, 1), context from `context` -> clean (p, k, 15)."""
        c_skip = 1 / (1 + sigma**2)
        c_out, c_in = sigma * c_skip.sqrt(), c_skip.sqrt()
        return c_skip * z + c_out * self.net(c_in * z, sigma.log(), context)

    def moments(self, context: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation (p, 1, 15) that the texts promise, in network space."""
        mean, log_std = context[..., : 2 * WIDTH].float().chunk(2, dim=-1)
        return mean, log_std.clamp(*LOG_STD).exp()

    def colour(self, z: Tensor, context: Tensor) -> Tensor:
        """Whitened samples to network space."""
        mean, std = self.moments(context)
        return mean + std * z

    def loss(self, clean: Tensor, noise: Tensor, sigma: Tensor, context: Tensor) -> Tensor:
        """Denoising error of whitened samples, plus the squared error of the moments themselves.

        clean: (p, k, 15), k samples of each prompt's context. The weight (1 + sigma^2) / sigma^2 is that of EDM Eq. 8.
        """
        mean, std = self.moments(context)
        z = (clean - mean.detach()) / std.detach()
        error = self(z + sigma * noise, sigma, context) - z
        true_std = clean.std(dim=1, keepdim=True).log().clamp(*LOG_STD)
        moments = (mean - clean.mean(dim=1, keepdim=True)) ** 2 + (context[..., WIDTH : 2 * WIDTH].float() - true_std) ** 2
        return ((1 + sigma**2) / sigma**2 * error**2).mean() + moments.mean()

