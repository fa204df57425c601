"""The addresses of this part; `doudi.web.urls` takes them up."""

from __future__ import annotations

from django.urls import URLPattern, path

from doudi.web.works import acting, charts, leaving, listing, one, sheets

PATTERNS: list[URLPattern] = [
    path("works/", listing.show_projects, name="works"),
    path("works/charts/", charts.show_charts, name="works-charts"),
    path("works/new/", acting.register, name="work-new"),
    path("works/import/", sheets.show_sheets, name="works-import"),
    path("works/import/<str:number>/", sheets.show_sheet, name="works-sheet"),
    path("works/import/<str:number>/accept/", sheets.take_in, name="works-sheet-accept"),
    path("works/import/<str:number>/discard/", sheets.throw_away, name="works-sheet-discard"),
    path("works/import/<str:number>/refused/", sheets.give_refused, name="works-sheet-refused"),
    path("works/export/", leaving.export, name="works-export"),
    path("works/paper/", leaving.paper, name="works-paper"),
    path("works/projects/<str:code>/", one.show_project, name="work"),
    path("works/projects/<str:code>/checklist/", acting.check, name="work-check"),
    path("works/projects/<str:code>/act/", acting.act, name="work-act"),
    path("works/projects/<str:code>/decide/", acting.decide, name="work-decide"),
]
