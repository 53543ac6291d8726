"""The model card: what the model is, how it was made, how good it is, and what it must not be used for."""

from __future__ import annotations

import json
from typing import Any


def model_card(about: dict[str, Any]) -> str:
    """Write a bundle's model card in Markdown from what `bundle.json` holds."""
    scores = about["validation"]
    class_f1 = zip(about["class_names"], scores["class_f1"], strict=True)
    f1 = "\n".join(f"| F1 {name} | {value:.3f} |" for name, value in class_f1)
    trained = about["trained_on"]
    return f"""# {about["settings"]["architecture"]} of study {about["study"]}, trial {about["trial"]}

Classifies one-channel recordings at {about["rate"]:g} Hz ({about["unit"]}) of any length into
{", ".join(about["class_names"])}.

## Data and protocol

Trained on {trained["recordings"]} recordings ({trained["part"]}) for {about["epochs"]} epochs, the best epoch of the
trial's {about["planned_epochs"]} planned ones. Data fingerprint `{about["data"]["fingerprint"][:16]}`,
split `{about["data"]["split"][:16]}`: recordings that are identical or of one group never cross it.

## Scores

Of the trial on the {about["data"]["validation"]} validation recordings. The trial and its epoch were chosen by them, so
expect somewhat less on new recordings.

| | |
| --- | --- |
| macro-F1 | {scores["macro_f1"]:.3f} |
| accuracy | {scores["accuracy"]:.3f} |
{f1}

## Use

    tuner predict THIS_FOLDER RECORDINGS --out predictions.csv

`bundle.json` holds settings, classes, rate and provenance; `weights.safetensors` the weights; `sha256sum --check
SHA256SUMS` verifies the files. A recording at another rate is refused.

This is no medical device: it must not be used to diagnose or treat anyone.

## Settings

```json
{json.dumps(about["settings"], indent=2)}
```
"""
