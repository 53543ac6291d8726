"""Hand-made features of an ECG: what a physician or a signal engineer would measure, as one vector a recording."""

from data_pipeline.features.catalogue import FEATURES, compute_features
from data_pipeline.features.feature import Feature

__all__ = ["FEATURES", "Feature", "compute_features"]
