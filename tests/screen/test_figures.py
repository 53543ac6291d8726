"""Pictures that anybody can read, whatever the classes are called and however many they are."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from tuner.screen.figures import confusion_matrix


@pytest.mark.parametrize(
    "names",
    [
        ["N", "A", "O", "~"],
        ["Badminton", "Running", "Standing", "Walking"],
        [str(number) for number in range(1, 53)],
        [f"pig {number}" for number in range(200)],
        ["a name of a class that somebody has spelled out to the last letter", "another"],
    ],
    ids=["ecg", "words", "52", "200", "long"],
)
def test_names_of_classes_do_not_cover_each_other(names: list[str]) -> None:
    figure: Any = confusion_matrix(np.eye(len(names), dtype=int).tolist(), names, "out of fold")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    (axes,) = figure.axes
    for axis in (axes.xaxis, axes.yaxis):
        boxes = [label.get_window_extent(canvas.get_renderer()) for label in axis.get_ticklabels()]
        assert len(boxes) >= min(len(names), 40)
        assert not [one for one, other in pairwise(boxes) if one.overlaps(other)]
    assert axes.get_window_extent().width > 0.4 * figure.bbox.width, "the names leave room for the matrix"
