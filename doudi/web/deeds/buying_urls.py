"""The addresses of purchases, their plan and the platforms' orders."""

from __future__ import annotations

from django.urls import URLPattern, path

from doudi.web.deeds import buyers, orders, plans, purchases, stock

PATTERNS: list[URLPattern] = [
    path("deeds/purchases/", purchases.show_purchases, name="purchases"),
    path("deeds/purchases/below/", purchases.show_below, name="below-floor"),
    path("deeds/purchases/table/", purchases.give_table, name="purchase-table"),
    path("deeds/purchases/slips/", purchases.draw_slips, name="purchase-slips"),
    path("deeds/purchases/stock/", stock.show_stock, name="stock"),
    path("deeds/purchases/stock/put/", stock.put, name="stock-put"),
    path("deeds/purchases/stock/form/", stock.give_form, name="stock-form"),
    path("deeds/purchases/stock/bring/", stock.bring, name="stock-bring"),
    path("deeds/purchases/stock/sheets/<str:number>/", stock.show_sheet, name="stock-sheet"),
    path("deeds/purchases/stock/sheets/<str:number>/accept/", stock.accept_sheet, name="stock-sheet-accept"),
    path("deeds/purchases/stock/sheets/<str:number>/discard/", stock.discard_sheet, name="stock-sheet-discard"),
    path("deeds/purchases/stock/sheets/<str:number>/refused/", stock.give_refused, name="stock-sheet-refused"),
    path("deeds/purchases/stock/<str:number>/off/", stock.take_off, name="stock-off"),
    path("deeds/purchases/stock/<str:number>/order/", stock.order, name="stock-order"),
    path("deeds/purchases/buyers/", buyers.show_buyers, name="buyers"),
    path("deeds/purchases/buyers/enter/", buyers.enter, name="buyer-enter"),
    path("deeds/purchases/buyers/<str:number>/", buyers.wish, name="buyer-wish"),
    path("deeds/purchases/wish/", buyers.wish_own, name="wish-own"),
    path("deeds/purchases/prices/", buyers.show_prices, name="prices"),
    path("deeds/purchases/prices/record/", buyers.record_price, name="price-record"),
    path("deeds/purchases/<str:number>/", purchases.show_purchase, name="purchase"),
    path("deeds/purchases/<str:number>/answer/", purchases.answer, name="purchase-answer"),
    path("deeds/purchases/<str:number>/deliver/", purchases.deliver, name="purchase-deliver"),
    path("deeds/purchases/<str:number>/receive/", purchases.receive, name="purchase-receive"),
    path("deeds/purchases/<str:number>/cancel/", purchases.cancel, name="purchase-cancel"),
    path("deeds/plan/", plans.show_plans, name="purchase-plans"),
    path("deeds/plan/start/", plans.start, name="purchase-plan-start"),
    path("deeds/plan/<str:number>/", plans.show_plan, name="purchase-plan"),
    path("deeds/plan/<str:number>/adopt/", plans.adopt, name="purchase-plan-adopt"),
    path("deeds/plan/<str:number>/discard/", plans.discard, name="purchase-plan-discard"),
    path("deeds/orders/", orders.show_orders, name="orders"),
    path("deeds/orders/bring/", orders.bring, name="order-bring"),
    path("deeds/orders/form/", orders.give_form, name="order-form"),
    path("deeds/orders/firm/", orders.name_firm, name="platform-firm"),
    path("deeds/orders/<str:number>/", orders.show_list, name="order-list"),
    path("deeds/orders/<str:number>/settle/", orders.settle, name="order-settle"),
    path("deeds/orders/<str:number>/accept/", orders.accept, name="order-accept"),
    path("deeds/orders/<str:number>/discard/", orders.discard, name="order-discard"),
    path("deeds/orders/<str:number>/refused/", orders.give_refused, name="order-refused"),
]
