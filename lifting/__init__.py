"""Images to relation samples (section 3.2 of the paper). So far: templates are registered to clouds whose points have features."""
