"""Saved views: a list's conditions under a name, one's own or shared with the office."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import Q

from doudi.access.users import User
from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal

NAME_LENGTH, QUERY_LENGTH = 60, 2000
MOST = 50  # of one person


class SavedViews(models.QuerySet["SavedView"]):
    """The questions asked about saved views."""

    def of(self, user: User, offices: Iterable[str]) -> SavedViews:
        """A person's own, and those shared in their offices (twelve-digit codes), by name."""
        mine = Q(owner=user) | Q(shared=True, place_code__in=list(offices))
        return self.filter(mine).select_related("owner").order_by("name", "id")


class SavedView(models.Model):
    """A name for a list's address: `list` is whose, `query` what follows the question mark.

    `place_code` is the office of whoever saved it, twelve digits; who else holds a duty at that very place sees it when
    it is `shared`. What the list then holds is each reader's own: the address gives no right to anything.
    """

    id = models.BigAutoField(primary_key=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="saved_views")
    list = models.CharField(max_length=32)
    name = models.CharField(max_length=NAME_LENGTH)
    query = models.CharField(max_length=QUERY_LENGTH, blank=True)
    shared = models.BooleanField(default=False)
    place_code = models.CharField(max_length=12)

    objects = SavedViews.as_manager()

    class Meta:
        db_table = "access_saved_view"
        constraints = [
            models.UniqueConstraint(fields=["owner", "list", "name"], name="saved_view_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_has_name"),
            models.CheckConstraint(condition=Q(place_code__regex=r"^[0-9]{12}$"), name="saved_view_place_code_whole"),
        ]

    def __str__(self) -> str:
        return self.name


def save(owner: User, name: str, query: str, *, of: str, shared: bool, office: str, by: str) -> SavedView:
    """Keep the query of a list (`of`) under a name; saving under the same name again replaces it.

    `office` is the twelve-digit code of the owner's place. Raises Refusal for no name, one too long, or too many views.
    """
    name = " ".join(name.split())
    _refuse_wrong(owner, name, query, of)
    payload = [owner.username, of, name, query, shared, office]
    with carry_out("access.saved_views.save", by=by, payload=payload) as act:
        view, _new = SavedView.objects.update_or_create(
            owner=owner, list=of, name=name, defaults={"query": query, "shared": shared, "place_code": office}
        )
        act.result = {"saved_view": view.pk}
    return view


def _refuse_wrong(owner: User, name: str, query: str, of: str) -> None:
    if not name or len(name) > NAME_LENGTH:
        zh, en = "请给视图起个名字", "Give the view a name"
        raise Refusal(f"{zh},不超过 {NAME_LENGTH} 个字。", f"{en} of at most {NAME_LENGTH} characters.", "name")
    if len(query) > QUERY_LENGTH:
        raise Refusal("筛选条件太长,存不下。", "These conditions are too long to be kept.", "query")
    mine = SavedView.objects.filter(owner=owner, list=of)
    if mine.exclude(name=name).count() >= MOST:
        raise Refusal(
            f"每人最多存 {MOST} 个视图。请先删去不用的。",
            f"A person keeps {MOST} views at most. Remove one first.",
            "name",
        )


def remove(view: SavedView, *, by: str) -> None:
    """Take a view away. Raises Refusal when it is somebody else's."""
    if view.owner.username != by:
        raise Refusal(
            f"“{view.name}”是{view.owner.name}存的,只能由本人删去。",
            f"“{view.name}” was saved by {view.owner.name}; only they can remove it.",
        )
    with carry_out("access.saved_views.remove", by=by, payload=[view.pk, view.name]):
        view.delete()
