"""How much each sign counts: as the project chose, or as was fitted to the user's own reports.

What `wenju eval --fit` found lies beside the index, where a rebuild leaves it.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from index.embed import BUNDLED
from index.errors import WenjuError

_FILE = "weights.json"
# The weights belong to the cosines of one model.
_MODEL = "model"


@dataclass(frozen=True, slots=True)
class Weights:
    """`dense` is what the cosine counts of a score, from 0 to 1, of which the words have the rest;
    `period` is added for the right years. `constant`, `similarity`, `agreement` and `clause` are
    the logistic regression of `rag.confidence`.

    The first two were chosen on one half of a set of questions over work reports and news and kept
    because the other half agreed; `tools/fit_confidence.py` made the others.
    """

    dense: float = 0.5
    period: float = 0.5
    constant: float = -18.95
    similarity: float = 19.67
    agreement: float = 2.39
    clause: float = 1.87


# Where the cosines of another model lie is not known: each counts as much as the mean
# one of the bundled model did when the weights were fitted.
_MEAN_COSINE = 0.91
_OF_OTHER_MODELS = replace(
    Weights(), constant=Weights().constant + Weights().similarity * _MEAN_COSINE, similarity=0.0
)


class BadWeights(WenjuError):
    """The weights beside an index cannot be read."""


def read_weights(folder: Path, fingerprint: str) -> Weights:
    """Return the weights that were fitted to the index in `folder`, which the embedder with this
    fingerprint made; the project's own where there are none or another embedder's (those of another
    than the bundled model leave the cosine out).

    Raises BadWeights if the file is not as it was written.
    """
    file = folder / _FILE
    own = Weights() if fingerprint.startswith(BUNDLED) else _OF_OTHER_MODELS
    if not file.is_file():
        return own
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        weights = Weights(**{field.name: float(told[field.name]) for field in fields(Weights)})
        model = told[_MODEL]
    except (OSError, ValueError, TypeError, KeyError) as error:
        message = (
            f"{file} 不是 wenju eval --fit 写下的权重。请删除它，或重新运行 wenju eval --fit。"
        )
        raise BadWeights(message) from error
    if not all(map(math.isfinite, asdict(weights).values())):
        message = f"{file} 里有的权重不是数。请删除它，或重新运行 wenju eval --fit。"
        raise BadWeights(message)
    return weights if model == fingerprint else own


def write_weights(folder: Path, fingerprint: str, weights: Weights) -> Path | None:
    """Keep the weights beside the index and return their file; the project's own need none."""
    file = folder / _FILE
    if weights == Weights():
        file.unlink(missing_ok=True)
        return None
    record = {_MODEL: fingerprint, **asdict(weights)}
    file.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return file
