"""Which of the 250,002 pieces are kept, and the tokenizer made of them.

Kept are: every single character, so that what falls apart never falls to <unk>; every piece with a
Han character and no kana or hangul; every piece of digits, punctuation and symbols; and of the
pieces of Latin letters those that English words, and the Latin words usual in Chinese text, are
made of, with short ones all in capitals: ETF, GDP, SUV.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import wordfreq
from sentencepiece import SentencePieceNormalizer, sentencepiece_model_pb2
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

Pieces = list[tuple[str, float]]

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")  # the first four ids; <mask> is not needed
_SPACE = "\u2581"  # SentencePiece's mark of a word's beginning
_HAN = re.compile("[\u2e80-\u2fdf\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA_OR_HANGUL = re.compile("[\u3040-\u30ff\uac00-\ud7af]")
_ABBREVIATION = re.compile("[A-Z]{2,4}")
_ENGLISH_WORDS = 20_000
_CHINESE_WORDS = 20_000  # of which some 840 are written in Latin letters: app, iPhone, km ...


def tokenizer(pieces: Pieces) -> Tokenizer:
    """Return the model's own segmentation (XLM-RoBERTa's) over these pieces."""
    made = Tokenizer(models.Unigram(pieces, unk_id=SPECIAL.index("<unk>")))
    made.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(_nmt_nfkc()), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    made.add_special_tokens(list(SPECIAL))
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return made


def kept(pieces: Pieces) -> list[int]:
    """Return the ids, ascending, of what Chinese, English, digits and punctuation need."""
    words = _words()
    needed = _ids_used(pieces, words)
    for id_, (piece, _) in enumerate(pieces):
        text = piece.removeprefix(_SPACE)
        if id_ < len(SPECIAL) or _is_needed(text) or text.lower() in words:
            needed.add(id_)
    return sorted(needed)


def _is_needed(text: str) -> bool:
    """Whether a piece is kept whatever the words are."""
    return (
        len(text) <= 1
        or bool(_HAN.search(text) and not _KANA_OR_HANGUL.search(text))
        or all(unicodedata.category(c)[0] in "NPSZ" for c in text)
        or bool(_ABBREVIATION.fullmatch(text))
    )


def _words() -> set[str]:
    english = wordfreq.top_n_list("en", _ENGLISH_WORDS, wordlist="large")
    chinese = wordfreq.top_n_list("zh", _CHINESE_WORDS, wordlist="large")
    return {*english, *(w for w in chinese if w.isascii() and w.upper() != w)}


def _ids_used(pieces: Pieces, words: Iterable[str]) -> set[int]:
    """The ids of the words as they stand after a space and, as in Chinese text, after none."""
    whole = tokenizer(pieces)
    forms = {form for word in words for form in (word, word.capitalize())}
    texts = [before + form for form in sorted(forms) for before in (" ", "中")]
    return {id_ for e in whole.encode_batch(texts, add_special_tokens=False) for id_ in e.ids}


def _nmt_nfkc() -> bytes:
    """The normalisation that the model was trained with: NFKC, and all white space to ' '."""
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(SentencePieceNormalizer(rule_name="nmt_nfkc").serialized_model_proto())
    return model.normalizer_spec.precompiled_charsmap
