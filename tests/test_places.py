import pytest

from rag.places import places_in


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("广东省2022年的财政收入是多少", ("广东",)),
        ("成都和西安各有多少所大学", ("成都", "西安")),
        ("雲南的糧食產量是多少", ("云南",)),
        ("我国的粮食产量是多少", ()),
        ("这座城市的常住人口是多少", ()),
        ("三区建设投资多少", ()),
    ],
)
def test_places_are_named_as_reports_write_them(question: str, places: tuple[str, ...]) -> None:
    assert places_in(question) == places
