"""What nobody has said: a rate for every fact, two to eight in a hundred once unreached households are counted in."""

from __future__ import annotations

import numpy as np

from doudi.register.demo.dice import Bools, Dice, Floats
from doudi.register.demo.families import Families
from doudi.register.demo.places import Places

UNREACHED = 0.014  # households the helper could not reach, besides the villages not yet asked
BY_OFFICE = {"patient", "isolated", "insured", "fallen_back", "loans_complete", "registered_poor"}  # not by villages
UNLOOKED_UP = 490  # other rural households nobody has yet looked up in the register (full county)

RATES = {
    "place": {"is_community": 0.028, "households_complete": 0.022},
    "household": {
        "monitored": 0.026, "minimum_allowance": 0.034, "main_cause": 0.024, "members_complete": 0.032,
        "loans_complete": 0.058, "fallen_back": 0.041, "insured": 0.052,
        "wage_income_hit": 0.016, "business_income_hit": 0.019, "unsold_produce": 0.021, "produce_for_sale": 0.024,
        "sold_in_window": 0.047, "short_cycle_business": 0.028, "spring_ploughing": 0.017,
        "expected_income_per_head": 0.052, "epidemic_is_cause": 0.043, "wants_to_start_business": 0.036,
        "wage_income@2019": 0.024, "business_income@2019": 0.027, "business_expense@2019": 0.031,
        "phone": 0.043, "main_risk": 0.04, "stated_net_income@2019": 0.026,
        "arable_land": 0.003, "forest_land": 0.009, "orchard_land": 0.011, "grass_land": 0.013, "water_area": 0.012,
        "road_distance": 0.008, "housing_area": 0.004, "electricity": 0.003, "safe_water": 0.002,
        "sanitary_toilet": 0.004, "dangerous_house": 0.002, "entry_road": 0.003,
        "lacks_farm_inputs": 0.031, "wages_now": 0.049, "wages_a_year_ago": 0.053,
        "property_income@2019": 0.029, "transfer_income@2019": 0.025, "allowance_income@2019": 0.035,
    },
    "person": {
        "birth_date": 0.021, "sex": 0.022, "relation_to_head": 0.025, "education": 0.046, "in_school": 0.037,
        "health": 0.041, "labour": 0.029, "village_officer": 0.034, "patient": 0.022, "isolated": 0.031,
        "id_number_form": 0.024, "work_months": 0.033, "work_place": 0.03, "dropout_reason": 0.05,
        "receives_allowance": 0.029, "destitute_support": 0.026, "resident_medical": 0.023, "employee_medical": 0.028,
        "serious_illness_insurance": 0.027, "resident_pension": 0.03, "disability_category": 0.035,
        "disability_grade": 0.038, "welfare_post": 0.032, "welfare_post_months": 0.034, "kept_home_by": 0.045,
        "willing_to_go_out": 0.021, "working_away": 0.027, "cannot_leave": 0.044, "self_employed": 0.039,
    },
    "loan": {"amount": 0.022, "due_date": 0.027, "repayment_hit": 0.061, "extension_asked": 0.048},
    "hire": {
        "employer": 0.021, "employer_local": 0.038, "migrant_worker": 0.055, "contract_months": 0.043,
        "payroll_seen": 0.062, "claimed_before": 0.047, "person": 0.026,
    },
    "post": {"number": 0.022, "until": 0.037, "filled": 0.056},
    "platform": {"sold_for_poor": 0.04, "traceable": 0.06},
    "project": {
        "workers_healthy": 0.041, "disinfected": 0.046, "permits_ready": 0.037, "materials_ready": 0.052,
        "works_end": 0.034, "money_out": 0.043,
    },
}  # fmt: skip


def reached(places: Places, families: Families, dice: Dice) -> Bools:
    """Households the field check has reached by the county's day."""
    missed = dice.chance("unreached", UNREACHED, len(families.size))
    return places.asked[families.village] & ~missed


def known(kind: str, fact: str, n: int, dice: Dice, care: Floats | float = 1.0) -> Bools:
    """Which of the `n` subjects of `kind` somebody has said it of: all but the fact's share, and never quite all.

    The larger `care`, the less likely it is missing.
    """
    missing = round(RATES[kind][fact] * n)
    keys = dice.uniform(f"unknown {kind}.{fact}", n) * care
    found = np.ones(n, dtype=bool)
    found[np.argsort(keys, kind="stable")[: max(1, missing) if n >= 4 else missing]] = False
    return found
