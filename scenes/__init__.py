"""From relations to layouts: assembly, export, pictures."""
