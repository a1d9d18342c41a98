"""Images to relation samples (section 3.2 of the paper). Empty so far: the shipped model learned from catalog draws."""
