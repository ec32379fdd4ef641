"""Evaluation: how well probabilities agree with masks, counted in named ways.

Nothing here may import torch, Qt or ``annotator``: what is judged comes as an iterator of
``(name, probability, mask)``, so any model, file or other program can be its source.

Pixels that are `segmentation.UNLABELLED` in the mask are neither crack nor background nor
prediction: they are taken out before anything is counted, also out of what a tolerance reaches.
A pixel is predicted where its probability is at or above the threshold, compared in float32.
"""
