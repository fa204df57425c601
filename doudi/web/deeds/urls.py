"""The addresses of this part; `doudi.web.urls` takes them up."""

from __future__ import annotations

from django.urls import URLPattern, path

from doudi.web.deeds import (
    acting,
    buying_urls,
    caring_urls,
    differing,
    entitlements,
    granting,
    hiring_urls,
    inputs_urls,
    insuring_urls,
    loan_urls,
    looking,
    notices,
    queue,
    relations,
    sheets,
    travel_urls,
)

PATTERNS: list[URLPattern] = [
    path("deeds/", queue.show_queue, name="deeds"),
    path("deeds/act/", queue.act, name="deed-act"),
    path("deeds/grant/", granting.grant, name="deed-grant"),
    path("deeds/pay/", granting.pay, name="deed-pay"),
    path("deeds/relations/", relations.declare, name="deed-relations"),
    path("deeds/differences/", differing.show_differences, name="deed-differences"),
    path("deeds/differences/<str:number>/", differing.settle, name="deed-settle"),
    path("deeds/entitlements/", entitlements.show_list, name="entitlements"),
    path("deeds/entitlements/<str:number>/", entitlements.show_one, name="entitlement"),
    path("deeds/entitlements/<str:number>/evidence/", acting.bring, name="evidence-bring"),
    path("deeds/entitlements/<str:number>/objection/", acting.object_to, name="objection-record"),
    path("deeds/entitlements/<str:number>/take-back/", acting.take_back, name="entitlement-take-back"),
    path("deeds/entitlements/<str:number>/confirm/", acting.confirm, name="entitlement-confirm"),
    path("deeds/evidence/", looking.show_evidence, name="evidence"),
    path("deeds/evidence/<str:number>/look/", acting.look, name="evidence-look"),
    path("deeds/evidence/<str:number>/file/", acting.fetch, name="evidence-file"),
    path("deeds/objections/", looking.show_objections, name="objections"),
    path("deeds/objections/<str:number>/answer/", acting.answer, name="objection-answer"),
    path("deeds/notices/", notices.show_notices, name="notices"),
    path("deeds/notices/<str:number>/", notices.show_notice, name="notice"),
    path("deeds/notices/<str:number>/paper/", notices.draw_notice, name="notice-paper"),
    path("deeds/sheets/<str:code>/", sheets.draw_sheet, name="plain-sheet"),
    path("notices/", notices.list_public, name="public-notices"),
    path("notices/<str:token>/", notices.show_public, name="public-notice"),
    *buying_urls.PATTERNS,
    *caring_urls.PATTERNS,
    *hiring_urls.PATTERNS,
    *insuring_urls.PATTERNS,
    *inputs_urls.PATTERNS,
    *loan_urls.PATTERNS,
    *travel_urls.PATTERNS,
    path("robots.txt", notices.tell_robots, name="robots"),
]
