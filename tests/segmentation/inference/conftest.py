"""Settings of torch and models for the tests of prediction."""

import pytest
import torch

from tests.segmentation.inference.models_for_tests import load_small_model


@pytest.fixture(autouse=True)
def one_thread():
    """Threads gain nothing at these sizes and wait for each other on a busy machine."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


@pytest.fixture(scope="session")
def loaded(tmp_path_factory):
    """A small network, read from its folder."""
    return load_small_model(tmp_path_factory.mktemp("models") / "small")
