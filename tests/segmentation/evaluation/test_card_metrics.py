"""Figures of a report on a card."""

import numpy as np

from segmentation.evaluation.card_metrics import metric_records
from segmentation.evaluation.report import Protocol, evaluate


def test_each_measure_is_a_record_of_the_sums():
    mask = np.zeros((30, 40), np.uint8)
    mask[10, 5:35] = 1
    probability = np.zeros(mask.shape, np.float32)
    probability[11, 5:25] = 0.7
    protocol = Protocol(threshold=0.6, countings=("symmetric",))
    records = metric_records(
        evaluate([("a", probability, mask)], protocol), "CFD", "val", "whole images"
    )
    assert [each.measure for each in records] == ["0 px", "2 px symmetric (disk)"]
    assert {(r.data, r.split, r.threshold, r.n_images, r.notes) for r in records} == {
        ("CFD", "val", 0.6, 1, "whole images")
    }
    assert (records[0].f1, records[1].precision) == (0.0, 1.0)
    assert records[1].recall == 21 / 30
    assert records[1].iou == records[1].f1 / (2 - records[1].f1)
