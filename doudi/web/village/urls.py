"""The addresses of this part; `doudi.web.urls` takes them up."""

from __future__ import annotations

from django.urls import URLPattern, path

from doudi.web.village import (
    disputing,
    home,
    household_papers,
    ledger,
    marking,
    needing,
    papers,
    patrolling,
    sheet_typing,
    turns,
)

PATTERNS: list[URLPattern] = [
    path("village/", home.show_home, name="village-desk"),
    path("village/patrol/", patrolling.show_doors, name="patrol"),
    path("village/patrol/new/", patrolling.enter_household, name="patrol-enter"),
    path("village/patrol/<str:code>/", patrolling.write_door, name="patrol-door"),
    path("village/ledger/", ledger.show_ledger, name="suspicions"),
    path("village/ledger/<str:number>/", ledger.show_line, name="suspicion"),
    path("village/ledger/<str:number>/decide/", ledger.decide, name="suspicion-decide"),
    path("village/ledger/<str:number>/answer/", ledger.answer, name="suspicion-answer"),
    path("village/disputes/", disputing.show_disputes, name="disputes"),
    path("village/disputes/<str:number>/settle/", disputing.settle, name="dispute-settle"),
    path("village/needs/", needing.show_needs, name="needs"),
    path("village/needs/<str:number>/propose/", needing.propose, name="need-propose"),
    path("village/needs/<str:number>/decide/", needing.decide, name="need-decide"),
    path("village/checks/", marking.show_unmarked, name="checks-to-mark"),
    path("village/checks/<str:number>/mark/", marking.mark, name="check-mark"),
    path("village/reviews/", marking.show_reviews, name="reviews"),
    path("village/reviews/look-through/", marking.look_through, name="reviews-look-through"),
    path("village/reviews/<str:number>/decide/", marking.decide, name="review-decide"),
    path("village/paper/", papers.show_paper, name="paper"),
    path("village/paper/patrol/", papers.print_patrol, name="patrol-paper"),
    path("village/paper/sheet/", household_papers.print_group, name="group-paper"),
    path("village/paper/find/", household_papers.find, name="paper-find"),
    path("village/paper/households/<str:code>/", household_papers.print_household, name="household-paper"),
    path("village/paper/households/<str:code>/type/", sheet_typing.type_in, name="sheet-type"),
    path("village/paper/type/", papers.type_in, name="paper-grid"),
    path("village/paper/bring/", papers.bring, name="paper-bring"),
    path("village/paper/form/", papers.give_form, name="paper-form"),
    path("village/paper/sheets/<str:number>/", papers.show_sheet, name="paper-sheet"),
    path("village/paper/sheets/<str:number>/accept/", papers.accept_sheet, name="paper-sheet-accept"),
    path("village/paper/sheets/<str:number>/discard/", papers.discard_sheet, name="paper-sheet-discard"),
    path("village/paper/sheets/<str:number>/refused/", papers.give_refused, name="paper-sheet-refused"),
    path("village/desks/", turns.show_desks, name="desks"),
    path("village/desks/pin/", turns.choose_pin, name="pin-choose"),
    path("village/desks/<str:number>/close/", turns.close_desk, name="desk-close"),
    path("sign-in/desk/", turns.take_turn, name="desk-turn"),
]
