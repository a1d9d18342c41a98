"""Images to relation samples (section 3.2 of the paper). So far: images and views of the embedded world, in run folders."""
