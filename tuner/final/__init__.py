"""The final step: from the trials of a study to the model that is handed over.

`candidates` says which trials are worth confirming, `confirm` cross-validates them, `recipe` decides by the
out-of-fold figures what is made of them, `step` does it and writes what there is to take home.
"""

PARTS = ("confirm", "blend", "calibrate", "abstain", "ensemble", "augment")
"""Parts of it that can be left out."""
