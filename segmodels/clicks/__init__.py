"""Click-to-segment with MobileSAM: a network that sees an image once, and a small one that answers each click.

Kirillov et al., Segment Anything (2023); Zhang et al., Faster Segment Anything (2023). The encoder needs torch and runs
in a worker; prompts, decoder and outlines are NumPy, so that a web process can answer by itself.
"""
