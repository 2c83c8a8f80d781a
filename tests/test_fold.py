import pytest

from index.fold import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("２．８％", "2.8%"),
        ("GDP", "gdp"),
        ("養豬戶", "养猪户"),
        ("乾隆年間，後來的皇后", "乾隆年间,后来的皇后"),
        ("", ""),
    ],
)
def test_width_case_and_script_are_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    "text", ["İstanbul 改革", "㎡ ﬁ ß Ⅷ ①", "😀強化\ud800", "看著甚麼\n\t", "İ" * 50]
)
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)
