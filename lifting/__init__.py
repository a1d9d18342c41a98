"""Images to relation samples (section 3.2 of the paper). So far: registration of templates to clouds by their features."""
