"""From a recording's counts to what a model takes: the normalised signal, its log-spectrogram, or features of it.

A front end has settings and no parameters to learn. The same code fills views and makes items in the batch and at
prediction, and it works on one recording at a time, so that neither its neighbours nor padding can change an item.
What it does to one signal it also does to a padded batch on a device; both come to the same.
"""

from data_pipeline.arrays import FloatArray, IntArray
from data_pipeline.front_ends.features import Features
from data_pipeline.front_ends.front_end import FrontEnd
from data_pipeline.front_ends.signal import OfSignal, Signal
from data_pipeline.front_ends.spectrogram import Spectrogram

__all__ = ["Features", "FloatArray", "FrontEnd", "IntArray", "OfSignal", "Signal", "Spectrogram"]
