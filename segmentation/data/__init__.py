"""Training and test data: readers of data sets, manifests, patches, random changes, loaders.

`collect` makes a `Manifest` of sources, `assign_splits` splits it by photograph, and
`training_dataset` and `make_loader` show it to a network. Only ``dataset`` and ``loader`` need
torch; ``synthetic``, the crack generator, needs numpy and scipy only.
"""
