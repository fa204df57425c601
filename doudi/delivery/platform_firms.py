"""Which enterprise stands behind a platform: who is paid its subsidy, on an account in the enterprise's own name."""

from __future__ import annotations

from datetime import date

from django.db import models

from doudi.delivery import enterprises
from doudi.delivery.enterprises import Enterprise, Licence
from doudi.policy.snapshots import county_code
from doudi.register.households import PLACE_CODE_LENGTH, place_code_is_whole
from doudi.register.items import Item
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal


class PlatformFirm(models.Model):
    """The enterprise of a platform, one each; `place_code` is the county's."""

    platform = models.OneToOneField(Item, on_delete=models.PROTECT, primary_key=True, related_name="+")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="platforms")
    place_code = models.CharField(max_length=PLACE_CODE_LENGTH)
    named_by = models.CharField(max_length=150)
    named_on = models.DateField()

    class Meta:
        db_table = "delivery_platform_firm"
        constraints = [place_code_is_whole("platform_firm_place_code_whole")]


def name(platform: Item, said: Licence, *, bank: str, number: str, by: str, on: date) -> PlatformFirm:
    """Say whose a platform is and where its subsidy goes; another enterprise or account takes the earlier one's place.

    Raises Refusal for what is no platform, a wrong credit code, and an account that is none or in another name.
    """
    if platform.kind != "platform":
        raise Refusal("请选择一个平台。", "Choose a platform.", "platform")
    with carry_out("delivery.platform_firms.name", by=by, payload=[platform.pk, said.credit_code, on]):
        firm = enterprises.enter(said, place_code=county_code(), by=by, on=on)
        enterprises.keep_account(firm, bank=bank, number=number, by=by, on=on)
        made, _ = PlatformFirm.objects.update_or_create(
            platform=platform,
            defaults={"enterprise": firm, "place_code": firm.place_code, "named_by": by, "named_on": on},
        )
    return made
