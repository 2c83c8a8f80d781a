import random

import pytest

from index.load.table.blocks import table_blocks, unit_above, unit_of
from index.load.table.cell import is_quantity, is_year, numbering


def rows(text: str) -> list[list[str]]:
    """Return the rows of a table drawn with bars; a dot is an empty cell."""
    lines = [line.split("|") for line in text.strip("\n").splitlines()]
    return [[cell.strip().replace(".", "", cell.strip() == ".") for cell in line] for line in lines]


def shown(text: str, unit: str = "") -> list[str]:
    return [block.text for block in table_blocks(rows(text), unit)]


def test_a_header_of_two_rows_names_each_column_in_full() -> None:
    body = "收入|100|7.2%|93|5%\n合计|1|2|3|4"
    expected = [
        "项目：收入；2023年·金额：100；2023年·增速：7.2%；2022年·金额：93；2022年·增速：5%",
        "项目：合计；2023年·金额：1；2023年·增速：2；2022年·金额：3；2022年·增速：4",
    ]
    # merged cells in their first place, in all places, and with the label in the second row
    assert shown(f"项目|2023年|.|2022年|.\n.|金额|增速|金额|增速\n{body}") == expected
    assert shown(f"项目|2023年|2023年|2022年|2022年\n项目|金额|增速|金额|增速\n{body}") == expected
    assert shown(f".|2023年|.|2022年|.\n项目|金额|增速|金额|增速\n{body}") == expected


def test_a_header_may_have_three_rows_and_state_units() -> None:
    table = "地区|2023年|.|.|.\n.|工业|.|农业|.\n.|产值|增速|产值|增速\n青川县|1|2|3|4"
    assert shown(table) == [
        "地区：青川县；2023年·工业·产值：1；2023年·工业·增速：2；2023年·农业·产值：3；2023年·农业·增速：4"
    ]
    assert shown("指标|2022年|2023年\n.|（亿元）|（亿元）\n产值|1|2") == [
        "指标：产值；2022年（亿元）：1；2023年（亿元）：2"
    ]


def test_bare_years_are_names_of_columns_and_quantities_are_not() -> None:
    assert shown("地区|2021|2022\n青川县|35|36") == ["地区：青川县；2021：35；2022：36"]
    assert shown("青川县|35|36\n临澜市|90|91") == ["青川县；35；36", "临澜市；90；91"]
    assert shown("月份|1|2|3\n产量|5|6|7") == ["月份：产量；1：5；2：6；3：7"]


def test_titles_and_the_unit_stand_above_the_header() -> None:
    table = "表1 青川县财政收支|.|.\n编制单位：青川县财政局|.|单位：万元\n项目|预算数|决算数\n税收|10|11"
    assert shown(table) == [
        "表1 青川县财政收支",
        "编制单位：青川县财政局",
        "项目：税收；预算数：10；决算数：11（单位：万元）",
    ]
    merged = "财政收支（单位：亿元）|财政收支（单位：亿元）\n项目|金额\n税收|10"
    assert shown(merged, "单位：元") == [
        "财政收支（单位：亿元）",
        "项目：税收；金额：10（单位：亿元）",
    ]
    blocks = table_blocks(rows("附件1|.\n青川县财政收支|.\n项目|金额\n税收|10"), caption_level=2)
    assert [block.level for block in blocks] == [None, 2, None]


@pytest.mark.parametrize(
    ("line", "unit"),
    [
        ("单位：万元", "单位：万元"),
        ("（单位: 亿元、%）", "单位: 亿元、%"),
        ("金额单位：元", "金额单位：元"),
        ("单位：青川县财政局", ""),
        ("编制单位：某公司", ""),
        ("全县单位：万元计算", ""),
    ],
)
def test_a_line_states_a_unit(line: str, unit: str) -> None:
    assert unit_of(line) == unit


@pytest.mark.parametrize(
    ("lines", "unit"),
    [
        (["单位：亿元", "表1（单位：万元）"], "单位：亿元"),
        (["表1 各县产值（单位：万元）", "单位：亿元"], "单位：万元"),
        (["表1 各县产值", "（计量单位：吨）"], "计量单位：吨"),
        (["地区：甲县；产值：3（单位：万元）"], ""),
        (["全县投资如下。表1（单位：万元）"], ""),
        (["投" * 61 + "（单位：万元）"], ""),
        ([], ""),
    ],
)
def test_the_unit_of_a_table_is_that_stated_nearest_above(lines: list[str], unit: str) -> None:
    assert unit_above(lines) == unit


def test_a_group_stands_before_each_of_its_rows() -> None:
    # labels that come back, a colon, a cell over the whole width
    table = "指标|2022|2023\n城镇|.|.\n收入|1|2\n支出|1|2\n农村|.|.\n收入|3|4\n合计|4|6"
    assert shown(table) == [
        "【城镇】指标：收入；2022：1；2023：2",
        "【城镇】指标：支出；2022：1；2023：2",
        "【农村】指标：收入；2022：3；2023：4",
        "指标：合计；2022：4；2023：6",
    ]
    assert shown("项目|金额\n流动资产：|.\n存货|6") == ["【流动资产】项目：存货；金额：6"]
    assert shown("项目|金额|占比\n城镇|城镇|城镇\n收入|1|2%") == [
        "【城镇】项目：收入；金额：1；占比：2%"
    ]


def test_numbered_groups_may_have_their_number_in_a_column() -> None:
    table = "序号|项目|投资|备注\n一|交通类|.|.\n1|青川大桥|3200|.\n2|临河路|800|.\n二|水利类|.|.\n1|水库|900|续建\n.|合计|4900|."
    assert shown(table) == [
        "【一 交通类】序号：1；项目：青川大桥；投资：3200",
        "【一 交通类】序号：2；项目：临河路；投资：800",
        "【二 水利类】序号：1；项目：水库；投资：900；备注：续建",
        "项目：合计；投资：4900",
    ]


def test_groups_may_stand_in_groups_and_be_told_by_indents() -> None:
    table = "项目|金额\n一、经营活动|.\n（一）现金流入|.\n销售|5\n（二）现金流出|.\n购买|3\n二、投资活动|.\n收回|2"
    assert shown(table) == [
        "【一、经营活动·（一）现金流入】项目：销售；金额：5",
        "【一、经营活动·（二）现金流出】项目：购买；金额：3",
        "【二、投资活动】项目：收回；金额：2",
    ]
    indented = [["项目", "金额"], ["资产", ""], ["　　货币", "5"], ["　　存货", "6"], ["负债", "7"]]
    assert [block.text for block in table_blocks(indented)] == [
        "【资产】项目：货币；金额：5",
        "【资产】项目：存货；金额：6",
        "项目：负债；金额：7",
    ]


def test_an_entry_without_a_value_is_no_group() -> None:
    table = (
        "项目|金额|备注\n一、公共服务|10|.\n二、外交|.|.\n三、国防|12|.\n其他|.|.\n支出合计|22|."
    )
    assert shown(table) == [
        "项目：一、公共服务；金额：10",
        "项目：二、外交",
        "项目：三、国防；金额：12",
        "项目：其他",
        "项目：支出合计；金额：22",
        "备注",
    ]


def test_a_label_that_stands_for_several_rows_is_repeated() -> None:
    table = "地区|类别|年份|户数\n青川县|城镇|2021|10\n.|.|2022|11\n.|农村|2021|20\n.|小计|.|31\n.|合计|.|41"
    assert shown(table) == [
        "地区：青川县；类别：城镇；年份：2021；户数：10",
        "地区：青川县；类别：城镇；年份：2022；户数：11",
        "地区：青川县；类别：农村；年份：2021；户数：20",
        "地区：青川县；类别：小计；户数：31",
        "类别：合计；户数：41",
    ]
    # A number without a label is not that of the row above, nor is a serial number repeated.
    assert shown("项目|本年|上年\n税收|1|2\n.|3|4")[1] == "本年：3；上年：4"
    assert shown("序号|项目|金额\n1|税收|5\n.|罚没|6")[1] == "项目：罚没；金额：6"


def test_notes_are_paragraphs() -> None:
    table = "项目|金额\n税收|5\n注：为快报数，增速按可比价格计算。|.\n资料来源：青川县统计局|."
    assert shown(table, "单位：万元") == [
        "项目：税收；金额：5（单位：万元）",
        "注：为快报数，增速按可比价格计算。",
        "资料来源：青川县统计局",
    ]


def test_labels_and_values_without_a_header() -> None:
    assert shown("项目名称|青川县供水工程\n总投资|3.2亿元\n建设单位|县水务局") == [
        "项目名称：青川县供水工程",
        "总投资：3.2亿元",
        "建设单位：县水务局",
    ]
    assert shown("姓名|张三|性别|男\n出生年月|1980年1月|民族|汉\n联系电话：|123456|.|.") == [
        "姓名：张三；性别：男",
        "出生年月：1980年1月；民族：汉",
        "联系电话：123456",
    ]
    merged = "姓名|张三|性别|男\n籍贯|青川县|学历|本科\n主要业绩|任职三年|任职三年|任职三年"
    assert shown(merged)[2] == "主要业绩：任职三年"
    assert shown("面积|3216平方公里\n人口|21万人") == ["面积：3216平方公里", "人口：21万人"]


def test_two_columns_with_a_header() -> None:
    assert shown("地区|户数\n青川县|1998\n临澜市|356") == [
        "地区：青川县；户数：1998",
        "地区：临澜市；户数：356",
    ]
    assert shown("部门|职责\n办公室|起草文件") == ["部门：办公室；职责：起草文件"]
    marked = table_blocks([["股室", "工作"], ["办公室", "起草文件"]], header_rows=1)
    assert [block.text for block in marked] == ["股室：办公室；工作：起草文件"]


def test_what_is_no_table_becomes_paragraphs() -> None:
    prose = "全县上下团结一心，各项工作取得新的进展。" * 6
    assert [block.text for block in table_blocks([[f"第一段。\n{prose}"]])] == ["第一段。", prose]
    assert [block.text for block in table_blocks([["说明", prose]])] == ["说明", prose]
    assert table_blocks([]) == table_blocks([["", ""]]) == []


def test_rows_that_number_the_columns_or_repeat_the_header_are_no_data() -> None:
    table = "指标|单位|2021|2022|2023\n甲|乙|1|2|3\n产值|万元|5|6|7\n指标|单位|2021|2022|2023\n税收|万元|8|9|10"
    assert shown(table) == [
        "甲；乙；1；2；3",
        "指标：产值；单位：万元；2021：5；2022：6；2023：7",
        "指标：税收；单位：万元；2021：8；2022：9；2023：10",
    ]


def test_lines_of_a_cell_are_joined_and_items_of_a_list_stay_apart() -> None:
    blocks = table_blocks([["固定资产\n投资", "说明"], ["12", "1.新建\n2.改建"]])
    assert [block.text for block in blocks] == ["固定资产投资：12；说明：1.新建 2.改建"]


@pytest.mark.parametrize("seed", range(200))
def test_no_cell_is_lost(seed: int) -> None:
    chance = random.Random(seed)
    kinds = [
        "",
        "",
        "收入{}",
        "{}.5",
        "{}%",
        "20{}",
        "一、类别{}",
        "（一）小类{}",
        "其中{}：",
        "合计",
        "注：说明{}",
        "单位：万元",
        "　　子项{}",
    ]
    width, height = chance.randint(1, 6), chance.randint(1, 9)
    table = [
        [
            chance.choice(kinds).format(chance.randint(10, 99))
            for _ in range(chance.randint(1, width))
        ]
        for _ in range(height)
    ]
    text = "\n".join(block.text for block in table_blocks(table))
    for cell in {cell.strip() for row in table for cell in row}:
        assert cell.rstrip("：") in text


@pytest.mark.parametrize(
    "cell", ["1,234.5", "7.2%", "-3.6", "3.6亿元", "12万人", "（5）", "10-20", "￥5", "5年"]
)
def test_numbers_with_or_without_a_unit_are_quantities(cell: str) -> None:
    assert is_quantity(cell)


@pytest.mark.parametrize(
    "cell", ["2021", "2021年", "2021-2023", "3月", "2号", "60岁以上", "第1季度", "增长5%", ""]
)
def test_names_with_numbers_are_not(cell: str) -> None:
    assert not is_quantity(cell)
    assert is_year("2023-02-28")
    assert numbering("（一）收入") == numbering("(二) 支出") != numbering("1.收入")
