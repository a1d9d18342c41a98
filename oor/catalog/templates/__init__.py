"""Template builders, a module per room of the house; importing this package registers all categories."""

from oor.catalog.templates import garden, kitchen, living, office, workshop

__all__ = ["garden", "kitchen", "living", "office", "workshop"]
