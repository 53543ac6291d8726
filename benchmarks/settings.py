"""What the benchmarks of training train, in the engine's terms."""

from models import get_architecture
from tuner.study.settings import Settings, TrainSettings


def notebook_settings(epochs: int) -> Settings:
    """Return the settings of `stft_crnn` as the notebook had it: no smoothing, no augmentation, a constant rate."""
    train = TrainSettings(
        optimizer="adam",
        lr=5e-4,
        weight_decay=1e-2,
        schedule="constant",
        batch_size=16,
        epochs=epochs,
        label_smoothing=0.0,
        class_weight=1.0,
        gain=0.0,
        polarity=0.0,
    )
    return Settings("stft_crnn", train, get_architecture("stft_crnn").config())


def resnet_settings(epochs: int) -> Settings:
    """Return those of a residual network at 100 Hz, 32 to 128 channels wide, as strong ECG classifiers have it."""
    config = get_architecture("resnet1d").config(rate=100, width=32, stages=6, kernel=9)
    return Settings("resnet1d", TrainSettings(batch_size=32, epochs=epochs), config)
