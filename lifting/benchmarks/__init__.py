"""What lifting is compared with, and how (`python -m oor.evaluate registration`). Nothing of the product imports this."""
