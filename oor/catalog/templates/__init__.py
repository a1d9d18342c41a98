"""Template builders; importing this package registers all categories. A module belongs to the room before its first underscore.

The order of the modules is the order of `categories()`, which training counts on: a new one goes last.
"""

from oor.catalog.templates import kitchen, garden, office, living, workshop  # isort: skip
from oor.catalog.templates import kitchen_tools, dining, desk, medical, bathroom, cleaning, sports, music, toys  # isort: skip
from oor.catalog.templates import workshop_hardware, living_furniture, garden_yard, living_devices  # isort: skip

__all__ = [
    "bathroom", "cleaning", "desk", "dining", "garden", "garden_yard", "kitchen", "kitchen_tools", "living", "living_devices",
    "living_furniture", "medical", "music", "office", "sports", "toys", "workshop", "workshop_hardware",
]
