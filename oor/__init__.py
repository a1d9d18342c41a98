"""Object-object relationships in 3D: the nouns of the toolkit and its command-line doors."""

__version__ = "0.1.0"
