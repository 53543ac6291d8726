"""The final step: from the trials of a study to the model that is handed over.

`finalists` says which trials are worth confirming, `confirm` cross-validates them, each of the `parts` decides by the
out-of-fold figures about one thing that is made of them (`recipe`), and `step` does it all and writes what there is to
take home.
"""
