"""A text-conditioned diffusion over relations: samples to a distribution."""
