"""Trained models as folders: a card that anyone can read, and weights that nothing executes."""
