"""Synthetic single-lead ECG, made of sums of Gaussians, in the four classes of the CinC 2017 challenge.

The classes differ in what a physician looks for:

- ``N``: a regular rhythm that varies a little with breathing, and a P wave before every beat
- ``A``: irregular intervals, no P waves, and fibrillatory waves between the beats
- ``O``: early beats with pauses (ventricular or atrial), or a rhythm that is too slow or too fast
- ``~``: any of these rhythms under strong noise, motion or lost contact

All else varies in the same way in all classes: length, gain, polarity, wave shapes, wander, hum and muscle noise.
A recording depends on the seed, its part and its position only, not on how many others there are.

References
----------
The waves as Gaussians around each beat follow McSharry PE, Clifford GD, Tarassenko L, Smith LA. "A dynamical model for
generating synthetic electrocardiogram signals." IEEE Trans Biomed Eng 50(3), 2003; here they are placed directly, with
no differential equation.
"""

from data_pipeline.synthetic.source import PREFIX, generate, read_synthetic, recording

__all__ = ["PREFIX", "generate", "read_synthetic", "recording"]
