"""The world inside: categories with template meshes, relation programs with geometric predicates, contexts, prompts."""
