"""The text of boosted trees, checked before their library reads it.

XGBoost believes what its own JSON says of itself: with a child, a feature or a class out of range it reads and writes
beside its arrays. So the text is typed and bounded here, and must be such as the library writes for the trees of this
package: numeric splits, one tree a class in each round, no node deleted. What the library is given is written anew from
what was checked, so that both cannot understand a text in two ways.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from models.errors import BadTrees

MOST_BYTES = 2**29
"""Largest text of trees that is read."""

_ROOT = 2**31 - 1  # the parent of the root
_LARGEST = float(np.finfo(np.float32).max)

_Nothing = Annotated[list[int], Field(max_length=0)]
_Index = Annotated[int, Field(ge=-1, le=_ROOT)]
_Flag = Annotated[int, Field(ge=0, le=1)]
_Real = Annotated[FiniteFloat, Field(ge=-_LARGEST, le=_LARGEST)]
_Digits = Annotated[str, Field(pattern=r"^[0-9]{1,9}$")]


class _Part(BaseModel):
    """A part of the text: nothing is missing, of another type, or unknown."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class _TreeSize(_Part):
    num_deleted: Literal["0"]
    num_feature: _Digits
    num_nodes: _Digits
    size_leaf_vector: Literal["0", "1"]


class _Tree(_Part):
    base_weights: list[_Real]
    categories: _Nothing
    categories_nodes: _Nothing
    categories_segments: _Nothing
    categories_sizes: _Nothing
    default_left: list[_Flag]
    id: int
    left_children: list[_Index]
    loss_changes: list[_Real]
    parents: list[_Index]
    right_children: list[_Index]
    split_conditions: list[_Real]
    split_indices: list[_Index]
    split_type: list[Literal[0]]
    sum_hessian: list[_Real]
    tree_param: _TreeSize


class _Categories(_Part):
    enc: _Nothing
    feature_segments: _Nothing
    sorted_idx: _Nothing


class _Counts(_Part):
    num_parallel_tree: Literal["1"]
    num_trees: _Digits


class _Trees(_Part):
    cats: _Categories | None = None
    gbtree_model_param: _Counts
    iteration_indptr: list[int]
    tree_info: list[int]
    trees: list[_Tree]


class _Booster(_Part):
    model: _Trees
    name: Literal["gbtree"]


class _LearnerSize(_Part):
    base_score: Annotated[str, Field(pattern=r"^[-+.,0-9E\[\]]+$")]
    boost_from_average: Literal["0", "1"]
    num_class: _Digits
    num_feature: _Digits
    num_target: Literal["1"]


class _Softmax(_Part):
    num_class: _Digits


class _Objective(_Part):
    name: Literal["multi:softprob"]
    softmax_multiclass_param: _Softmax


class _Learner(_Part):
    attributes: Annotated[dict[str, str], Field(max_length=0)]
    feature_names: Annotated[list[str], Field(max_length=0)]
    feature_types: Annotated[list[str], Field(max_length=0)]
    gradient_booster: _Booster
    learner_model_param: _LearnerSize
    objective: _Objective


class _Forest(_Part):
    learner: _Learner
    version: tuple[Literal[3], Annotated[int, Field(ge=0, le=999)], Annotated[int, Field(ge=0, le=999)]]


def checked_forest(text: bytes, n_classes: int, n_features: int, most_rounds: int) -> tuple[bytes, int]:
    """Check the text of boosted trees, and write it anew for their library.

    Parameters
    ----------
    text : bytes
        JSON as the library writes it.
    n_classes : int
        Number of classes: each round has one tree for each.
    n_features : int
        Number of features that splits choose from.
    most_rounds : int
        Largest number of rounds.

    Returns
    -------
    bytes
        The same trees, as text that the library can be given.
    int
        Number of rounds.

    Raises
    ------
    BadTrees
        If the text is none that the library writes for such trees; the message is one line.
    """
    if len(text) > MOST_BYTES:
        raise BadTrees(
            f"trees of {len(text):,} bytes: {MOST_BYTES:,} are the most; train fewer rounds or less deep ones"
        )
    try:
        forest = _Forest.model_validate_json(text)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        where = " ".join(".".join(map(str, problem["loc"]))[:80].split()) or "they"
        raise BadTrees(f"trees that XGBoost has not written so: {where}: {' '.join(problem['msg'].split())}") from error
    wrong = next(_contradictions(forest.learner, n_classes, n_features, most_rounds), None)
    if wrong is not None:
        raise BadTrees(f"trees that contradict themselves or their model: {wrong}")
    rounds = len(forest.learner.gradient_booster.model.trees) // n_classes
    return forest.model_dump_json(exclude_none=True).encode(), rounds


def _contradictions(learner: _Learner, n_classes: int, n_features: int, most_rounds: int) -> Iterator[str]:
    size, model = learner.learner_model_param, learner.gradient_booster.model
    trees = model.trees
    for name, said, expected in (
        ("num_class", size.num_class, n_classes),
        ("objective's num_class", learner.objective.softmax_multiclass_param.num_class, n_classes),
        ("num_feature", size.num_feature, n_features),
        ("num_trees", model.gbtree_model_param.num_trees, len(trees)),
    ):
        if int(said) != expected:
            yield f"{name} is {said}, not {expected}"
    if not 0 < len(trees) <= most_rounds * n_classes or len(trees) % n_classes:
        yield f"{len(trees)} trees for {n_classes} classes and up to {most_rounds} rounds"
    if model.tree_info != [k % n_classes for k in range(len(trees))]:
        yield "tree_info does not count through the classes"
    if model.iteration_indptr != list(range(0, len(trees) + 1, n_classes)):
        yield "iteration_indptr does not count through the rounds"
    if not _are_scores(size.base_score, n_classes):
        yield f"base_score is {size.base_score[:40]}"
    for number, tree in enumerate(trees):
        if tree.id != number or tree.tree_param.num_feature != size.num_feature:
            yield f"tree {number} is another's, or of another number of features"
        if wrong := _wrong_in_tree(tree, n_features):
            yield f"{wrong} of tree {number}"


def _are_scores(text: str, n_classes: int) -> bool:
    """Whether a text is one number, as earlier versions of the library have it, or one for each class in brackets."""
    is_list = text.startswith("[") and text.endswith("]")
    parts = text[1:-1].split(",") if is_list else [text]
    try:
        values = [float(part) for part in parts]
    except ValueError:
        return False
    return len(values) in ({n_classes} if is_list else {1}) and all(abs(value) <= _LARGEST for value in values)


def _wrong_in_tree(tree: _Tree, n_features: int) -> str | None:
    """Name the array of a tree that is too short or long, or has a value out of range; None if all is well.

    Children come after their node, and each has the one parent that names it, so that every way ends in a leaf.
    """
    n = int(tree.tree_param.num_nodes)
    for name, values in tree:
        if isinstance(values, list) and not name.startswith("categories") and len(values) != n:
            return f"num_nodes does not fit {name}"
    left, right, parents, features = (
        np.array(values, np.int64)
        for values in (tree.left_children, tree.right_children, tree.parents, tree.split_indices)
    )
    if not n or parents[0] != _ROOT or ((features < 0) | (features >= n_features)).any():
        return "parents or split_indices are out of range"
    inner = np.flatnonzero((left != -1) | (right != -1))
    children = np.concatenate([left[inner], right[inner]])
    if len(np.unique(children)) != n - 1 or len(children) != n - 1:
        return "left_children and right_children do not name every node once"
    if (children <= np.tile(inner, 2)).any() or (children >= n).any() or (parents[children] != np.tile(inner, 2)).any():
        return "left_children and right_children do not fit parents"
    return None
