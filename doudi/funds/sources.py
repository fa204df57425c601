"""Sources: where money comes from, and the document that gives it."""

from __future__ import annotations

from datetime import date

from django.db import models

from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal


class FundSource(models.Model):
    """One source: `level` is who gives it, `document` the number and date of the paper, `on` the paper's day."""

    LEVELS = [("central", "中央"), ("province", "省级"), ("city", "市级"), ("county", "县级"), ("other", "其他")]

    code = models.CharField(max_length=32, primary_key=True)
    zh = models.CharField(max_length=120)
    en = models.CharField(max_length=120, blank=True)
    level = models.CharField(max_length=16, choices=LEVELS)
    document = models.CharField(max_length=200)
    on = models.DateField()

    class Meta:
        db_table = "funds_source"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(code="") & ~models.Q(zh=""), name="funds_source_named"),
            models.CheckConstraint(condition=~models.Q(document=""), name="funds_source_has_document"),
            models.CheckConstraint(
                condition=models.Q(level__in=["central", "province", "city", "county", "other"]),
                name="funds_source_level",
            ),
        ]

    def __str__(self) -> str:
        return self.zh


def register(code: str, zh: str, *, level: str, document: str, on: date, by: str, en: str = "") -> FundSource:
    """Write a source down. Raises Refusal for a code that is taken, a level that is none, or without a document."""
    code, zh, document = code.strip(), zh.strip(), document.strip()
    for given, where in ((code, "code"), (zh, "zh"), (document, "document")):
        if not given:
            raise Refusal("资金来源要有编号、名称和文件号。", "A source has a code, a name and a document.", where)
    if level not in dict(FundSource.LEVELS):
        raise Refusal(f"没有“{level}”这一级。", f"There is no level “{level}”.", "level")
    if FundSource.objects.filter(pk=code).exists():
        raise Refusal(f"资金来源编号 {code} 已经有了。", f"There is a source {code} already.", "code")
    with carry_out("funds.sources.register", by=by, payload=[code, zh, level, document, on]) as act:
        act.result = {"source": code}
        return FundSource.objects.create(code=code, zh=zh, en=en, level=level, document=document, on=on)
