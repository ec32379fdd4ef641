"""Training: the loop and what it is made of.

Nothing here may import Qt or ``annotator``.
"""
