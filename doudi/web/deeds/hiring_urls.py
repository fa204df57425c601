"""The addresses of temporary posts and of awards for hiring."""

from __future__ import annotations

from django.urls import URLPattern, path

from doudi.web.deeds import hires, post_pay, posts

PATTERNS: list[URLPattern] = [
    path("deeds/posts/", posts.show_posts, name="posts"),
    path("deeds/posts/roster/", posts.draw_roster, name="post-roster"),
    path("deeds/posts/form/", posts.give_form, name="post-form"),
    path("deeds/posts/bring/", posts.bring, name="post-bring"),
    path("deeds/posts/pay/", post_pay.show_pay, name="post-pay"),
    path("deeds/posts/pay/paper/", post_pay.draw_pay, name="post-pay-paper"),
    path("deeds/posts/pay/table/", post_pay.give_pay, name="post-pay-table"),
    path("deeds/posts/appoint/<str:number>/", posts.appoint, name="post-appoint"),
    path("deeds/posts/sheets/<str:number>/", posts.show_sheet, name="post-sheet"),
    path("deeds/posts/sheets/<str:number>/accept/", posts.accept_sheet, name="post-sheet-accept"),
    path("deeds/posts/sheets/<str:number>/discard/", posts.discard_sheet, name="post-sheet-discard"),
    path("deeds/posts/sheets/<str:number>/refused/", posts.give_refused, name="post-sheet-refused"),
    path("deeds/posts/<str:number>/", posts.show_post, name="post"),
    path("deeds/posts/<str:number>/act/", posts.act, name="post-act"),
    path("deeds/hires/", hires.show_hires, name="hires"),
    path("deeds/hires/enter/", hires.enter, name="hire-enter"),
    path("deeds/hires/table/", hires.give_table, name="hire-table"),
    path("deeds/hires/paper/", hires.draw_list, name="hire-paper"),
    path("deeds/hires/form/", hires.give_form, name="hire-form"),
    path("deeds/hires/bring/", hires.bring, name="hire-bring"),
    path("deeds/hires/sheets/<str:number>/", hires.show_sheet, name="hire-sheet"),
    path("deeds/hires/sheets/<str:number>/accept/", hires.accept_sheet, name="hire-sheet-accept"),
    path("deeds/hires/sheets/<str:number>/discard/", hires.discard_sheet, name="hire-sheet-discard"),
    path("deeds/hires/sheets/<str:number>/refused/", hires.give_refused, name="hire-sheet-refused"),
    path("deeds/hires/<str:number>/", hires.show_hire, name="hire"),
    path("deeds/hires/<str:number>/act/", hires.act, name="hire-act"),
]
