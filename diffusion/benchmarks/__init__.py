"""What the diffusion is compared with, and how (`python -m oor.evaluate diffusion`). Nothing of the product imports this."""
