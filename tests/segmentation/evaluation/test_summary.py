"""The short table of a report."""

import numpy as np

from segmentation.evaluation.report import Protocol, evaluate
from segmentation.evaluation.summary import to_text


def test_figures_stand_under_their_heads_in_percent():
    mask = np.zeros((40, 60), np.uint8)
    mask[10:12, 5:55] = 1
    clean = np.zeros_like(mask)
    seen = np.where(mask, 0.8, 0.0).astype(np.float32)
    seen[11] = 0
    alarm = np.zeros(mask.shape, np.float32)
    alarm[20, 10:40] = 0.9
    report = evaluate(
        [("crack", seen, mask), ("clean", alarm, clean)],
        Protocol(countings=("pooled",)),
        subject="a model on data",
    )
    lines = to_text(report).splitlines()
    assert lines[0] == "a model on data"
    assert lines[1] == "2 images, 1 with a crack; threshold 0.5; percent"
    heads, exact = lines[3].split(), lines[4].split()[2:]
    figures = list(zip(heads, exact, strict=True))
    assert figures[:4] == [("P", "62.50"), ("R", "50.00"), ("F1", "55.56"), ("IoU", "38.46")]
    assert dict(figures[8:])["at"] == "0.50"
    assert lines[3].index("AP") + 2 == len(lines[4]) == len(lines[3])
    assert lines[5].startswith("2 px pooled (disk) ")
    assert lines[6].startswith("clDice ")
    assert lines[7].startswith("False alarms on 1 image without a crack: 1 components, 1.2500%")
    assert "20 px: 100.00, 50 px: 0.00" in lines[8]


def test_without_center_lines_and_clean_images_there_is_nothing_of_them():
    mask = np.ones((4, 5), np.uint8)
    report = evaluate([("a", mask.astype(np.float32), mask)], Protocol(center_lines=False))
    text = to_text(report)
    assert "clDice" not in text
    assert "False" not in text
    assert text.startswith("1 image, 1 with a crack")
