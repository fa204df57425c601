"""Marks of the pages of projects: who did it, what was typed, the name of a form."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

register = template.Library()


@register.simple_tag
def call_name(names: Mapping[str, str], account: str) -> str:
    """The name behind an account; the account where it has none."""
    return names.get(account) or account


@register.simple_tag
def typed_checked(typed: Mapping[str, str], name: str, value: str) -> str:
    """`checked` for the choice that was typed."""
    return " checked" if typed.get(name) == value else ""


@register.filter
def form_of(number: int, act: str) -> str:
    """The name of the form that decides one row."""
    return f"{act}-{number}"


@register.filter
def plain_yuan(fen: int | None) -> str:
    """Fen as a field of a form shows it: 123456 -> 1234.56; empty without a sum."""
    return "" if fen is None else f"{fen // 100}.{fen % 100:02d}"
