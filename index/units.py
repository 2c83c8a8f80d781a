"""The units in which reports measure and count, and which names stand for the same one."""

from __future__ import annotations

from decimal import Decimal

# A line for each measure: its usual name, then others. Only what is exactly the same shares a
# line; nothing is converted (斤 to 公斤, 亩 to 公顷). One letter is no unit: 5G, 4K, 3D.
_MEASURES = """
百分点 个百分点
基点 个基点 bp bps
倍
番
元 块 块钱 元钱 元人民币 人民币元
美元 美金
欧元
日元
韩元
英镑
港元 港币 元港币
澳元
加元
新台币 元新台币
卢布
卢比
吨
吨公里
人公里
吨标准煤 吨标煤
千克 公斤 kg
克
毫克 mg
微克 μg ug
斤 市斤
担
盎司
公里 千米 km
米 公尺
厘米 公分 cm
毫米 mm
微米 μm um
纳米 nm
里 华里
英里
海里
英寸
英尺
尺
平方公里 平方千米 km² ㎢
平方米 平米 m² ㎡
平方厘米
公顷 ha
亩 市亩
立方公里
立方米 立方 m³
立方厘米
升
毫升 ml
桶
加仑
瓦
瓦时 wh
千瓦 kw
千瓦时 kwh kw·h
兆瓦 mw
兆瓦时 mwh
吉瓦 gw
吉瓦时 gwh
毫安时 mah
伏
千伏 kv
千伏安
度
摄氏度 ℃ °c
华氏度 ℉
百帕 hpa
分贝 db
赫兹 hz
兆赫 mhz
吉赫 ghz
马力
卡
千卡 大卡
kb
mb
gb
tb
世纪 个世纪 个多世纪
年代
年
周年
季度 个季度
个月 个多月
月 月份
周 个星期 星期
天
日
小时 个小时 个多小时 钟头 个钟头
时
分钟
分
秒 秒钟
毫秒 ms
岁 周岁
人 名 位 个人
户
人次
"""
# Words that count. Which of them is used is a matter of style: 156个项目, 156项.
_COUNTERS = """
个 项 件 条 家 处 所 座 栋 幢 间 套 台 台套 台次 辆 辆次 艘 艘次 架 架次 列 节 部 本 册 卷 篇 份
张 幅 枚 颗 粒 株 棵 头 只 匹 尾 羽 口 眼 道 场 场次 次 届 期 批 批次 回 轮 轮次 类 种 款 级 层
号 页 章 师 团 支 组 对 双 副 盏 门 片 块 堂 课 站 句 字 首 起 例 宗 单 笔 股 手 床 张床位 箱 袋
瓶 盒 包 罐 车 车次 航班 班 班次 趟 人份 剂 剂次 针 针次 棒 圈 局 枪 发 挺 点 项次 门次 户次
国家 个国家 年级 折 标箱 标准箱 工作日 个工作日 学时 课时 步 省 市 县 区 乡 镇 村
"""

COUNTERS = frozenset(_COUNTERS.split())
# The usual name of each unit.
NAMES = {name: name for name in COUNTERS} | {
    name: line.split()[0] for line in _MEASURES.split("\n") for name in line.split()
}
LONGEST = max(map(len, NAMES))

# What makes a number a share, and how many per cent one of it is.
SHARES = {"%": Decimal(1), "‰": Decimal("0.1"), "‱": Decimal("0.01"), "成": Decimal(10)}
# Signs before a number.
SIGNS = {"¥": "元", "￥": "元", "$": "美元", "€": "欧元", "£": "英镑", "￡": "英镑"}
# What a measure may be divided by, beside other units: 120km/h.
PER = {"h": "小时", "s": "秒"}

# Units of one character that make a number of a single Chinese numeral before them: 三项, but not
# 三峡, 一起, 十分, 一道.
CLEAR = frozenset(
    "个项件条名位人户家所座栋幢台辆艘架列册卷篇份张枚颗株棵次届批种类款套期级号年月日天倍番元吨斤亩米秒岁"
)


def same_unit(one: str, other: str) -> bool:
    """Return whether two units may stand for each other: they are the same, both only count, or
    one is not known.

    >>> same_unit("项", "个"), same_unit("元", "美元"), same_unit("", "元")
    (True, False, True)
    """
    if one == other or not (one and other):
        return True
    # 30个志愿者 are 30名.
    return {one, other} <= COUNTERS or {one, other} in ({"个", "人"}, {"个", "户"})
