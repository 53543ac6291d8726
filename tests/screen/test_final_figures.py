from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from simulated import MACRO_F1, draw_labels, five_folds, predict, sharpen

from tuner.screen.final_figures import confirmation, reliability_diagram, risk_coverage_curve
from tuner.statistics.abstention import choose_threshold, risk_coverage
from tuner.statistics.cross_fitting import CrossFitted
from tuner.statistics.intervals import Interval
from tuner.statistics.reliability import reliability


def _texts(figure: Figure) -> str:
    return " ".join(text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text")))


@pytest.mark.parametrize("n", [2, 1500])
def test_each_picture_is_drawn_and_names_its_axes(n: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, n)
    probabilities = predict(rng, labels)
    before, after = reliability(labels, sharpen(probabilities, 2.0)), reliability(labels, probabilities)
    curve = risk_coverage(labels, probabilities, MACRO_F1)
    chosen = choose_threshold(labels, CrossFitted.of(probabilities, five_folds(n)), MACRO_F1, 0.8)
    names, confirmed = (
        ["resnet1d, trial 12", "stft_crnn, trial 7"],
        [Interval(0.8, 0.78, 0.82), Interval(0.7, 0.6, 0.8)],
    )
    pictures = {
        "reliability": (
            reliability_diagram(before, after, "calibration"),
            "confidence accuracy recordings before after",
        ),
        "risk": (risk_coverage_curve(curve, chosen, "macro-F1", "abstention"), "answered error macro-F1 thresholds"),
        "plain_risk": (risk_coverage_curve(curve, None, "macro-F1", "abstention"), "answered error macro-F1"),
        "confirmation": (confirmation(names, [0.83, 0.72], confirmed, "macro-F1", "candidates"), "resnet1d search 95"),
    }
    for name, (figure, words) in pictures.items():
        figure.savefig(tmp_path / f"{name}.png")
        assert all(word in _texts(figure) for word in words.split()), name


def test_a_dollar_in_a_name_is_no_formula(tmp_path: Path) -> None:
    score = Interval(0.8, 0.78, 0.82)
    labels = draw_labels(np.random.default_rng(0), 50)
    curve = risk_coverage(labels, predict(np.random.default_rng(0), labels), MACRO_F1)
    objective = r"F1 of $\frac{A$"
    risk_coverage_curve(curve, None, objective, "abstention").savefig(tmp_path / "risk.png")
    confirmation(["resnet1d 1"], [0.8], [score], objective, "candidates").savefig(tmp_path / "confirmation.png")
