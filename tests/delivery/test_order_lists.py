"""Platforms' lists: each line traced to a household, counted once, what came back below zero."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from doudi.delivery import order_lists, platform_orders
from doudi.delivery.campaigns import Campaign
from doudi.delivery.models import OrderList, PlatformOrder
from doudi.places import counties
from doudi.register.items import Item
from doudi.values.refusals import Refusal
from tests.register.conftest import village, words

__all__ = ["village", "words"]
DAY = date(2020, 3, 10)
HEAD = "订单号,户编号,户主,村,产品,金额(元),日期,状态\n"


@pytest.fixture
def taken(village: Any, seeing_county: None, acting: str, tmp_path: Path) -> Callable[[str], OrderList]:
    counties.begin("510921", "蓬溪县", demo=False, by=acting)

    def receive(rows: str, head: str = HEAD) -> OrderList:
        file = tmp_path / f"{abs(hash(rows))}.csv"
        file.write_text(head + rows, encoding="utf-8")
        return order_lists.receive(file, "清单.csv", Item.objects.get(kind="platform"), on=DAY, by="bureau")

    return receive


def standings(held: OrderList) -> dict[int, str]:
    return {row["row"]: row["standing"] for row in held.rows}


def test_lines_are_traced_by_code_and_by_a_person_where_only_a_name_is_known(taken: Any) -> None:
    held = taken(
        "A1,H-LIN,,,鸡蛋,120.50,2020-03-01,\n"
        "A2,,林秀英,青杠村,鸡蛋,50,2020/3/2,\n"
        "A3,,,,鸡蛋,70,2020-03-02,\n"
        "A4,H-NONE,,,鸡蛋,70,2020-03-02,\n"
    )
    assert standings(held) == {2: "new", 3: "held", 4: "refused", 5: "refused"}
    assert held.rows[1]["guesses"] == ["H-LIN"]
    assert order_lists.settle(held, {3: "H-LIN"}, on=DAY, by="bureau") == 1
    assert order_lists.accept(held, on=DAY, by="bureau") == 2
    (volume,) = platform_orders.volumes(on=DAY)
    assert (volume.net, volume.orders, volume.households) == (17_050, 2, 1)


def test_the_same_order_counts_once_over_lists_and_the_same_file_is_refused(taken: Any) -> None:
    rows = "A1,H-LIN,,,鸡蛋,120,2020-03-01,\nA1,H-LIN,,,鸡蛋,120,2020-03-01,\n"
    held = taken(rows)
    assert standings(held) == {2: "new", 3: "refused"}
    order_lists.accept(held, on=DAY, by="bureau")
    with pytest.raises(Refusal):
        taken(rows)
    later = taken("A1,H-LIN,,,鸡蛋,120,2020-03-01,\nA1,H-CHEN,,,鸡蛋,120,2020-03-01,\nA2,H-CHEN,,,鸡蛋,9,2020-03-01,\n")
    assert standings(later) == {2: "same", 3: "refused", 4: "new"}
    assert order_lists.accept(later, on=DAY, by="bureau") == 1
    assert PlatformOrder.objects.count() == 2


def test_two_lists_looked_at_at_once_count_an_order_once(taken: Any) -> None:
    one, other = (
        taken("A1,H-LIN,,,蛋,120,2020-03-01,\n"),
        taken("A1,H-LIN,,,蛋,120,2020-03-01,\nA2,H-LIN,,,蛋,1,2020-03-01,\n"),
    )
    assert order_lists.accept(one, on=DAY, by="bureau") == 1
    assert order_lists.accept(other, on=DAY, by="bureau") == 1


def test_what_comes_back_is_below_zero_and_never_more_than_was_sold(taken: Any) -> None:
    held = taken(
        "A1,H-LIN,,,鸡蛋,120,2020-03-01,\n"
        "A1,H-LIN,,,鸡蛋,20,2020-03-03,退货\n"
        "B1,H-LIN,,,鸡蛋,-30,2020-03-03,\n"
        "C1,H-CHEN,,,鸡蛋,50,2020-03-03,\n"
        "C1,H-LIN,,,鸡蛋,-50,2020-03-03,\n"
    )
    assert standings(held) == {2: "new", 3: "new", 4: "refused", 5: "new", 6: "refused"}
    order_lists.accept(held, on=DAY, by="bureau")
    assert platform_orders.volumes(on=DAY)[0].net == 12_000 - 2_000 + 5_000


@pytest.mark.parametrize(
    "row",
    [
        "A1,H-LIN,,,鸡蛋,1.005,2020-03-01,",
        "A1,H-LIN,,,鸡蛋,0,2020-03-01,",
        "A1,H-LIN,,,鸡蛋,=1+1,2020-03-01,",
        "A1,H-LIN,,,鸡蛋,99999999,2020-03-01,",
        "A1,H-LIN,,,鸡蛋,10,2020-13-01,",
        "A1,H-LIN,,,鸡蛋,10,2030-01-01,",
        ",H-LIN,,,鸡蛋,10,2020-03-01,",
        f"{'9' * 61},H-LIN,,,鸡蛋,10,2020-03-01,",
        "A1",
    ],
)
def test_a_row_that_says_nothing_sound_stays_out_with_its_reason(taken: Any, row: str) -> None:
    held = taken(row + "\n")
    (line,) = held.rows
    assert line["standing"] == "refused"
    assert line["zh"]
    assert line["en"]
    with pytest.raises(Refusal):
        order_lists.accept(held, on=DAY, by="bureau")


def test_a_list_without_the_headings_names_those_that_lack(taken: Any) -> None:
    with pytest.raises(Refusal, match="订单号") as refused:
        taken("1,2\n", head="日期,金额\n")
    assert "日期" not in refused.value.zh.split("。")[0]


def test_a_platform_is_subsidised_by_what_the_county_decided() -> None:
    campaign = Campaign(threshold_fen=10_000_000, rate=500)
    assert campaign.subsidy(10_000_000) == 500_000
    assert campaign.subsidy(9_999_999) == 0
    assert Campaign().subsidy(10_000_000) is None
