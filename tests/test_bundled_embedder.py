"""The bundled model itself: real weights, no network, no torch."""

import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from index.embed import BUNDLED, load_embedder
from index.embed.bundled import CHECKSUMS, MODELS, BundledEmbedder
from index.errors import EmbedderUnavailable

PASSAGES = [
    "全县小麦播种面积达到四十二万亩，预计夏粮总产量比去年增加百分之三。",
    "市图书馆新馆周末开放到晚上十点，儿童阅览室设在二楼。",
    "高铁南站至机场的地铁快线将于年底通车，全程只需二十五分钟。",
    "医院新增三台核磁共振设备，患者预约等候时间缩短到两天。",
    "财政赤字率拟按百分之二点八安排，比上年提高零点二个百分点。",
    "海水淡化厂每日可供水十万吨，基本解决海岛居民的饮水困难。",
    "全省完成造林三百万亩，森林覆盖率提高到百分之四十一。",
    "中学生足球联赛决赛在体育中心举行，第三中学以二比一获胜。",
    "博物馆展出一批新出土的青铜器，距今约三千年。",
    "新建光伏电站并网发电，全年可减少燃煤二十万吨。",
]
QUESTIONS = {
    "政府准备借多少钱来花？赤字怎么定的": 4,
    "看病做检查要排多久的队": 3,
    "坐地铁去飞机场要多长时间": 2,
    "島上的人喝什麼水": 5,
    "How much wheat will be harvested?": 0,
    "哪个学校赢了球赛": 7,
    "太阳能发电能少烧多少煤": 9,
}


@pytest.fixture(scope="module")
def embedder() -> BundledEmbedder:
    return BundledEmbedder()


@pytest.fixture(scope="module")
def vectors(embedder: BundledEmbedder) -> np.ndarray:
    return embedder.embed_documents(PASSAGES)


def is_unit_float32(vector: np.ndarray) -> bool:
    return vector.dtype == np.float32 and bool(np.isclose(np.linalg.norm(vector), 1, atol=1e-5))


def test_is_the_default_and_says_who_it_is() -> None:
    embedder = load_embedder()
    assert isinstance(embedder, BundledEmbedder)
    assert (embedder.name, embedder.dimension) == (BUNDLED, 384)
    assert embedder.fingerprint == BundledEmbedder().fingerprint


def test_documents_become_unit_vectors(vectors: np.ndarray) -> None:
    assert vectors.shape == (len(PASSAGES), 384)
    assert all(is_unit_float32(vector) for vector in vectors)


def test_a_query_becomes_one_unit_vector(embedder: BundledEmbedder) -> None:
    vector = embedder.embed_query("赤字率是多少")
    assert vector.shape == (384,)
    assert is_unit_float32(vector)


def test_no_documents_become_no_vectors(embedder: BundledEmbedder) -> None:
    vectors = embedder.embed_documents([])
    assert (vectors.shape, vectors.dtype) == ((0, 384), np.float32)


def test_a_vector_depends_on_its_text_alone(embedder: BundledEmbedder, vectors: np.ndarray) -> None:
    assert np.array_equal(embedder.embed_documents([PASSAGES[4]])[0], vectors[4])
    among_others = embedder.embed_documents(["长" * 700, PASSAGES[4], "", "a b c"])
    assert np.array_equal(among_others[1], vectors[4])


def test_order_is_kept_whatever_the_lengths(embedder: BundledEmbedder, vectors: np.ndarray) -> None:
    assert np.array_equal(embedder.embed_documents(PASSAGES[::-1]), vectors[::-1])


def test_many_threads_may_ask_at_once(embedder: BundledEmbedder) -> None:
    fresh = BundledEmbedder()
    questions = list(QUESTIONS)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(fresh.embed_query, questions))
    assert np.array_equal(together, [embedder.embed_query(question) for question in questions])


@pytest.mark.parametrize(("question", "answer"), QUESTIONS.items())
def test_finds_the_passage_that_answers(
    embedder: BundledEmbedder, vectors: np.ndarray, question: str, answer: int
) -> None:
    assert int(np.argmax(vectors @ embedder.embed_query(question))) == answer


def test_traditional_and_simplified_lie_close(embedder: BundledEmbedder) -> None:
    simplified, traditional, other = embedder.embed_documents(
        ["国务院关于发展数字经济的意见", "國務院關於發展數字經濟的意見", "今天下午有雷阵雨"]
    )
    assert simplified @ traditional > simplified @ other


@pytest.mark.parametrize(
    "text",
    ["", " \n\t ", "😀👨‍👩‍👧🇨🇳", "\x00\x01\x07\x1b[0m", "\ud800", "赤字\udfff率", "长" * 10_000],
)
def test_any_text_has_a_vector(embedder: BundledEmbedder, text: str) -> None:
    assert is_unit_float32(embedder.embed_documents([text])[0])
    assert is_unit_float32(embedder.embed_query(text))


def test_surrogates_count_as_what_they_stand_for(embedder: BundledEmbedder) -> None:
    in_two_halves, whole, lone, space = embedder.embed_documents(
        ["好\ud83d\ude00", "好😀", "赤字\ud800率", "赤字 率"]
    )
    assert np.array_equal(in_two_halves, whole)
    assert np.array_equal(lone, space)


def test_of_a_long_text_the_beginning_counts(embedder: BundledEmbedder) -> None:
    beginning = "".join(PASSAGES) * 10
    cut, whole = embedder.embed_documents([beginning, beginning + "完全不同的结尾。" * 1000])
    assert np.array_equal(cut, whole)


@pytest.mark.parametrize(
    "text",
    [
        "中华人民共和国第十四届全国人民代表大会第三次会议",
        "臺灣、香港與澳門的經濟發展；「數位轉型」與『綠色能源』",
        "饕餮盛宴，囧犇鑫淼堃赟翀，氢能锂电，粵語與閩南語",
        "國內生產總值１２６萬億元，增長５．２％，約合３㎡①②③",
        "——……《》〈〉【】〔〕！？：；、，。“”‘’·～￥",
        "Sustainable infrastructure: quantitative easing, photovoltaics & antidisestablishmentarianism",
        "GDP CPI PPI ETF 5G AI+ iPhone YouTube https://www.gov.cn/index.html?a=1&b=2#c",
        "naïve café Müller 3.14159 −5°C ±2% 10⁹ ½ × ÷ ≤ ≥ α β",
    ],
)
def test_nothing_is_unknown(text: str) -> None:
    tokenizer = Tokenizer.from_file(str(MODELS / "tokenizer.json"))
    assert tokenizer.token_to_id("<unk>") not in tokenizer.encode(text).ids


def test_checksums_are_those_of_the_files(embedder: BundledEmbedder) -> None:
    sums = json.loads((MODELS / CHECKSUMS).read_text(encoding="utf-8"))
    assert set(sums) == {"model.onnx", "tokenizer.json"}
    for name, recorded in sums.items():
        assert hashlib.sha256((MODELS / name).read_bytes()).hexdigest() == recorded
        assert recorded[:12] in embedder.fingerprint


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmbedderUnavailable, match="model.onnx"):
        BundledEmbedder(tmp_path)


def test_torch_is_not_imported() -> None:
    program = (
        "import sys\n"
        "from index.embed import load_embedder\n"
        "load_embedder().embed_query('赤字率')\n"
        "assert not {'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
