"""Front ends: they make a model's input, called an item, of a recording's counts.

An item is the normalised signal, its log-spectrogram, the sequence of its beats, or features of the recording. A front
end has settings and no learnt parameters. The same code makes items for views, in batches and in prediction, from one
recording at a time, so that neither other recordings nor padding can change an item. A second form makes the same items
of a padded batch on a device.
"""

from data_pipeline.arrays import FloatArray, IntArray
from data_pipeline.front_ends.beats import BeatSequence
from data_pipeline.front_ends.features import Features
from data_pipeline.front_ends.front_end import FrontEnd
from data_pipeline.front_ends.signal import OfSignal, Signal
from data_pipeline.front_ends.spectrogram import Spectrogram

__all__ = ["BeatSequence", "Features", "FloatArray", "FrontEnd", "IntArray", "OfSignal", "Signal", "Spectrogram"]
