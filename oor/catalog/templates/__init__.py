"""Template builders, a module per room of the house; importing this package registers all categories.

The order of the rooms is the order of `categories()`, which training counts on: a new room goes last.
"""

from oor.catalog.templates import kitchen, garden, office, living, workshop  # isort: skip

__all__ = ["garden", "kitchen", "living", "office", "workshop"]
