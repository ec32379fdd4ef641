"""Training and test data: the synthetic crack generator.

Nothing imported here may need torch; the generator is numpy and scipy only.
"""
