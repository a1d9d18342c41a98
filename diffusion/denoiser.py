"""EDM preconditioning (Karras et al. 2022, table 1) around the network, for data of unit variance."""

from __future__ import annotations

from torch import Tensor, nn

from diffusion.network import NetworkConfig, RelationNet, TextStates


class Denoiser(nn.Module):
    """D(x; sigma) = c_skip x + c_out F(c_in x; ln sigma / 4), the best guess of the clean sample behind x."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.net = RelationNet(config)

    def context(self, text: TextStates) -> Tensor:
        """What the texts say, once per prompt."""
        return self.net.context(text)

    def forward(self, x: Tensor, sigma: Tensor, context: Tensor) -> Tensor:
        """x (p, k, 15), sigma broadcastable to (p, k, 1), context from `context` -> clean (p, k, 15)."""
        c_skip = 1 / (1 + sigma**2)
        c_out, c_in = sigma * c_skip.sqrt(), c_skip.sqrt()
        return c_skip * x + c_out * self.net(c_in * x, sigma.log(), context)

    def loss(self, clean: Tensor, noise: Tensor, sigma: Tensor, context: Tensor) -> Tensor:
        """Weighted denoising error: lambda(sigma) = (1 + sigma^2) / sigma^2 gives every level the same start (EDM Eq. 8)."""
        error = self(clean + sigma * noise, sigma, context) - clean
        return ((1 + sigma**2) / sigma**2 * error**2).mean()
