"""Images to relation samples (section 3.2 of the paper): one file per stage, one pipeline that knows their order."""
