"""Which source speaks of what in the demo county, how often, and how often it differs from the better one."""

from __future__ import annotations

from doudi.register.demo.incomes import LINES, YEAR

_INCOMES = [f"{line}@{YEAR}" for line in LINES]
_EARNED = _INCOMES[:3]
_FIELD_HOUSEHOLD = (
    "wage_income_hit", "business_income_hit", "unsold_produce", "produce_for_sale", "sold_in_window",
    "short_cycle_business", "spring_ploughing", "expected_income_per_head", "epidemic_is_cause",
    "wants_to_start_business",
)  # fmt: skip
_FIELD_PERSON = ("willing_to_go_out", "working_away", "cannot_leave", "self_employed")
_LIVING = (
    "phone", "arable_land", "forest_land", "orchard_land", "grass_land", "water_area", "road_distance", "housing_area",
    "electricity", "safe_water", "sanitary_toilet", "dangerous_house", "entry_road", f"stated_net_income@{YEAR}",
)  # fmt: skip
_PAPERS = (
    "receives_allowance", "destitute_support", "resident_medical", "employee_medical", "serious_illness_insurance",
    "resident_pension", "disability_category", "disability_grade", "work_months", "work_place", "dropout_reason",
)  # fmt: skip
_POSTS = ("welfare_post", "welfare_post_months")
_ADDED = ("lacks_farm_inputs", "wages_now", "wages_a_year_ago")  # by the policy pack
_MEMBER = ("birth_date", "sex", "relation_to_head", "education", "in_school", "health", "labour")


def _all(facts: tuple[str, ...] | list[str], share: float) -> dict[str, float]:
    return dict.fromkeys(facts, share)


# kind -> source -> fact -> share of its rows in which the source speaks of the fact
COVER: dict[str, dict[str, dict[str, float]]] = {
    "place": {"national": {"code": 1.0, "is_community": 1.0}, "village": {"households_complete": 1.0}},
    "household": {
        "national": {"registered_poor": 0.97, "monitored": 0.97, "minimum_allowance": 0.9, "main_cause": 0.97,
                     "members_complete": 0.97, "main_risk": 0.95} | _all(_INCOMES, 0.975) | _all(_LIVING, 1.0),
        "provincial": {"registered_poor": 0.98, "minimum_allowance": 0.9, "main_cause": 0.95,
                       "members_complete": 0.95} | _all(_INCOMES, 0.95) | _all(_LIVING, 0.1),
        "paper": {"registered_poor": 0.99, "main_cause": 0.98, "minimum_allowance": 0.9} | _all(_INCOMES, 0.8),
        "bureau": {"minimum_allowance": 0.96, f"allowance_income@{YEAR}": 0.95, f"transfer_income@{YEAR}": 0.12,
                   "monitored": 0.3, "fallen_back": 0.9, "insured": 1.0},
        "bank": {"loans_complete": 1.0},
        "field": _all(_FIELD_HOUSEHOLD, 0.93) | _all(_EARNED, 0.12) | {"fallen_back": 0.2} | _all(_ADDED, 0.97),
        "household": _all(_FIELD_HOUSEHOLD, 0.6) | _all((*_EARNED, *_ADDED[1:]), 0.2)
        | {"minimum_allowance": 0.5, "members_complete": 0.4},
        "village": _all(_FIELD_HOUSEHOLD, 0.5) | {"fallen_back": 0.8, "monitored": 0.2, "main_risk": 0.5, "phone": 0.1},
    },
    "person": {
        "national": _all(_MEMBER, 0.985) | _all(_PAPERS + _POSTS, 1.0)
        | {"village_officer": 0.95, "id_number_form": 1.0},
        "provincial": _all(_MEMBER, 0.98) | {"id_number_form": 0.1} | _all(_PAPERS, 0.1),
        "paper": _all(_MEMBER, 0.95),
        "bureau": {"patient": 1.0, "isolated": 0.97, "receives_allowance": 0.1, "welfare_post": 0.05},
        "field": _all(_FIELD_PERSON, 0.95) | {"labour": 0.25, "kept_home_by": 0.97},
        "household": _all(_FIELD_PERSON, 0.7) | {"labour": 0.1},
        "village": _all(_FIELD_PERSON, 0.4) | {"isolated": 0.5, "village_officer": 1.0} | _all(_POSTS, 0.2),
    },
    "loan": {
        "bank": {"amount": 1.0, "due_date": 1.0, "repayment_hit": 0.15, "extension_asked": 0.5},
        "field": {"repayment_hit": 0.9},
        "household": {"repayment_hit": 0.5, "extension_asked": 0.9},
    },
    "hire": {
        "bureau": _all(("employer", "employer_local", "migrant_worker", "contract_months", "payroll_seen",
                        "claimed_before"), 1.0),
        "field": {"migrant_worker": 0.9},
    },
    "post": {"village": {"number": 1.0, "until": 1.0, "filled": 1.0}, "bureau": {"until": 0.9, "filled": 0.9}},
    "platform": {"bureau": {"sold_for_poor": 1.0, "traceable": 1.0}},
    "project": {
        "bureau": _all(("workers_healthy", "disinfected", "permits_ready", "materials_ready", "works_end",
                        "money_out"), 1.0),
        "village": _all(("workers_healthy", "disinfected", "materials_ready"), 0.8),
    },
}  # fmt: skip

DIFFERS = 0.045  # how often a source differs from a better one that has also spoken
DIFFERS_BY_FACT = {"sex": 0.012, "birth_date": 0.02, "registered_poor": 0.012, "members_complete": 0.0}
