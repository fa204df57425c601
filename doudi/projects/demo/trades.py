"""What the demo county builds: each sort of works with its kind, bureau, builders and materials; all names invented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trade:
    """One sort of works."""

    kind: str
    bureau: str
    builders: tuple[str, ...]
    materials: tuple[tuple[str, int, str], ...]


THINGS = (("口罩", 600, "只"), ("消毒液", 40, "升"))
OWNERS = ("{place}村民委员会", "{place}集体经济组织")
_ROADS = ("演示通达路桥公司", "演示安畅建筑公司")
_WATER = ("演示清源水利工程公司", "演示润泽水务工程队")
_HOUSES = ("演示安居建筑公司", "演示匠心施工队")
_FIELDS = ("演示沃土农业工程公司", "演示田园施工队")
TRADES = {
    "道路": Trade("road", "县交通运输局(演示)", _ROADS, (("水泥", 180, "吨"), ("碎石", 900, "立方米"))),
    "蓄水池": Trade("irrigation", "县水利局(演示)", _WATER, (("水泥", 60, "吨"), ("钢筋", 8, "吨"))),
    "提灌站": Trade("irrigation", "县水利局(演示)", _WATER, (("水泵", 2, "台"), ("钢管", 420, "米"))),
    "饮水管网": Trade("water", "县水利局(演示)", _WATER, (("PE管", 3200, "米"), ("水表", 120, "只"))),
    "危房": Trade("housing", "县住房城乡建设局(演示)", _HOUSES, (("砖", 40000, "块"), ("水泥", 35, "吨"))),
    "卫生室": Trade("clinic", "县卫生健康局(演示)", _HOUSES, (("砖", 26000, "块"), ("门窗", 14, "樘"))),
    "撂荒地": Trade("land", "县农业农村局(演示)", _FIELDS, (("机耕作业", 160, "亩"), ("有机肥", 48, "吨"))),
    "养殖": Trade("industry", "县农业农村局(演示)", _FIELDS, (("彩钢板", 700, "平方米"), ("水泥", 25, "吨"))),
    "": Trade("other", "县扶贫开发局(演示)", _HOUSES, (("水泥", 20, "吨"),)),
}
