"""Statistics of the final step: pure functions of labels, folds, groups and out-of-fold probabilities.

Out-of-fold means that each recording was predicted by a model that did not see it. Whatever is fitted here to such
probabilities is judged cross-fitted: fitted on the other folds, applied to the one it did not see.
"""
