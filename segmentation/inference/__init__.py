"""Prediction: tiles of images of any size, on the engine that is fastest here, into files."""
