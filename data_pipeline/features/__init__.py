"""Hand-made features of an ECG, such as a physician or a signal engineer would measure: one vector per recording."""

from data_pipeline.features.catalogue import FEATURES, compute_features
from data_pipeline.features.feature import Feature

__all__ = ["FEATURES", "Feature", "compute_features"]
