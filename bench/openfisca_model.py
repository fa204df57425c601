"""Five of the measures (1, 2, 5, 6, 8) written for OpenFisca-core, run over a complete register; a process of its own.

    build/openfisca/bin/python bench/openfisca_model.py FOLDER ANSWERS

It needs nothing of doudi. OpenFisca has persons in groups and nothing else: households are its groups; loans and hires
are simulations of their own whose households' and persons' facts are given to them by index. It has no unknown, so the
register is a whole one. Numbers are OpenFisca's int32; every sum here fits.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from openfisca_core.entities import Entity, GroupEntity
from openfisca_core.periods import DateUnit
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable
from pyarrow import parquet

MONTH = "2020-02"
SALE_FLOOR, LINE_REGISTERED, LINE_WITHOUT, LINE_2020 = 30_000, 500_000, 450_000, 400_000  # fen
AWARD, HIRE_AWARD = 10_000, 20_000  # fen
LEAST_CONTRACT, LONGEST_EXTENSION = 3, 6  # months
DUE_FROM = np.datetime64("2020-01-01")

Person = Entity("person", "persons", "", "")
Household = GroupEntity("household", "households", "", "", roles=[{"key": "member", "plural": "members"}])
Loan = Entity("loan", "loans", "", "")
Hire = Entity("hire", "hires", "", "")


def _given(name: str, entity: Any, kind: type) -> type[Variable]:
    """A variable that is read."""
    return type(name, (Variable,), {"value_type": kind, "entity": entity, "definition_period": DateUnit.MONTH})


def _ruled(name: str, entity: Any, kind: type, formula: Any) -> type[Variable]:
    """A variable with a formula."""
    body = {"value_type": kind, "entity": entity, "definition_period": DateUnit.MONTH, "formula": formula}
    return type(name, (Variable,), body)


# -- the measures


def _award(person: Any, period: Any) -> Any:
    started = person("self_employed", period) + person.household("short_cycle_business", period)
    return person.household("registered_poor", period) * started


def _award_amount(person: Any, period: Any) -> Any:
    return person("m1", period) * AWARD


def _purchase(household: Any, period: Any) -> Any:
    produce = household("produce_for_sale", period) + household("unsold_produce", period)
    return household("registered_poor", period) * produce * (household("sold_in_window", period) < SALE_FLOOR)


def _net_income(household: Any, period: Any) -> Any:
    earned = household("wage_income", period) + household("business_income", period)
    other = household("property_income", period) + household("transfer_income", period)
    return earned + other - household("business_expense", period)


def _keep_registered(household: Any, period: Any) -> Any:
    per_head = household("net_income", period) // household.nb_persons()
    both = household("minimum_allowance", period) * household("registered_poor", period)
    return both * (per_head < LINE_REGISTERED)


def _keep_without(household: Any, period: Any) -> Any:
    without = household("net_income", period) - household("allowance_income", period)
    return household("minimum_allowance", period) * (without // household.nb_persons() < LINE_WITHOUT)


def _enter(household: Any, period: Any) -> Any:
    outside = np.logical_not(household("registered_poor", period)) * np.logical_not(
        household("minimum_allowance", period)
    )
    fell = household("epidemic_is_cause", period) * (household("expected_income_per_head", period) < LINE_2020)
    return outside * fell


def _extension(loan: Any, period: Any) -> Any:
    asked = loan("extension_asked", period)
    due = loan("due_date", period) >= DUE_FROM
    fits = (asked > 0) * (asked <= LONGEST_EXTENSION)
    return loan("registered_poor", period) * due * loan("repayment_hit", period) * fits


def _hired(hire: Any, period: Any) -> Any:
    shown = hire("payroll_seen", period) * np.logical_not(hire("claimed_before", period))
    held = hire("employer_local", period) * hire("migrant_worker", period)
    return hire("registered_poor", period) * held * shown * (hire("contract_months", period) >= LEAST_CONTRACT)


def _hire_amount(hire: Any, period: Any) -> Any:
    return hire("m5", period) * HIRE_AWARD


HOUSEHOLD_FLAGS = (
    *("registered_poor", "short_cycle_business", "produce_for_sale", "unsold_produce"),
    *("minimum_allowance", "epidemic_is_cause"),
)
HOUSEHOLD_MONEY = ("sold_in_window", "expected_income_per_head")
YEARLY = (
    "wage_income",
    "business_income",
    "property_income",
    "transfer_income",
    "business_expense",
    "allowance_income",
)
HIRE_FLAGS = ("employer_local", "migrant_worker", "payroll_seen", "claimed_before")


def _people() -> TaxBenefitSystem:
    system = TaxBenefitSystem([Person, Household])
    given = [_given("self_employed", Person, bool)]
    given += [_given(name, Household, bool) for name in HOUSEHOLD_FLAGS]
    given += [_given(name, Household, int) for name in (*HOUSEHOLD_MONEY, *YEARLY)]
    ruled = [_ruled("m1", Person, bool, _award), _ruled("m1_amount", Person, int, _award_amount)]
    ruled += [_ruled("net_income", Household, int, _net_income), _ruled("m2", Household, bool, _purchase)]
    ruled += [_ruled("m6a", Household, bool, _keep_registered), _ruled("m6b", Household, bool, _keep_without)]
    ruled += [_ruled("m6c", Household, bool, _enter)]
    system.add_variables(*given, *ruled)
    return system


def _loans() -> TaxBenefitSystem:
    from datetime import date

    system = TaxBenefitSystem([Loan])
    given = [_given(name, Loan, kind) for name, kind in (("registered_poor", bool), ("repayment_hit", bool))]
    given += [_given("due_date", Loan, date), _given("extension_asked", Loan, int)]
    system.add_variables(*given, _ruled("m8a", Loan, bool, _extension))
    return system


def _hires() -> TaxBenefitSystem:
    system = TaxBenefitSystem([Hire])
    given = [_given(name, Hire, bool) for name in ("registered_poor", *HIRE_FLAGS)]
    given.append(_given("contract_months", Hire, int))
    system.add_variables(*given, _ruled("m5", Hire, bool, _hired), _ruled("m5_amount", Hire, int, _hire_amount))
    return system


# -- running


def _read(folder: Path, name: str, *columns: str) -> dict[str, np.ndarray]:
    table = parquet.read_table(folder / f"{name}.parquet", columns=list(columns))
    return {column: table.column(column).to_numpy() for column in columns}


def _sorted(held: dict[str, np.ndarray], key: str) -> dict[str, np.ndarray]:
    order = np.argsort(held[key], kind="stable")
    return {name: values[order] for name, values in held.items()}


def _alone(system: TaxBenefitSystem, held: dict[str, np.ndarray], kind: str) -> Any:
    """A simulation of one entity with these facts."""
    builder = SimulationBuilder()
    builder.create_entities(system)
    builder.declare_person_entity(kind, held["id"])
    simulation = builder.build(system)
    for name, values in held.items():
        if name in system.variables:
            simulation.set_input(name, MONTH, values)
    return simulation


def decide(folder: Path) -> dict[str, dict[str, np.ndarray]]:
    """The verdicts and amounts of the five measures, by kind, each sorted by id."""
    household = _sorted(_read(folder, "household", "id", *HOUSEHOLD_FLAGS, *HOUSEHOLD_MONEY), "id")
    yearly = _sorted(_read(folder, "household_year", "household_id", *YEARLY), "household_id")
    person = _sorted(_read(folder, "person", "id", "household_id", "self_employed"), "id")
    at = np.searchsorted(household["id"], person["household_id"])
    system, builder = _people(), SimulationBuilder()
    builder.create_entities(system)
    builder.declare_person_entity("person", person["id"])
    group = builder.declare_entity("household", household["id"])
    builder.join_with_persons(group, household["id"][at], np.array(["member"] * len(at)))
    simulation = builder.build(system)
    for name, values in {**household, **yearly, "self_employed": person["self_employed"]}.items():
        if name in system.variables:
            simulation.set_input(name, MONTH, values)
    answers = {"person": {"id": person["id"]}, "household": {"id": household["id"]}}
    for kind, names in (("person", ("m1", "m1_amount")), ("household", ("m2", "m6a", "m6b", "m6c"))):
        answers[kind] |= {name: simulation.calculate(name, MONTH) for name in names}
    poor = household["registered_poor"]
    loan = _sorted(_read(folder, "loan", "id", "household_id", "due_date", "repayment_hit", "extension_asked"), "id")
    loan["registered_poor"] = poor[np.searchsorted(household["id"], loan["household_id"])]
    answers["loan"] = {"id": loan["id"], "m8a": _alone(_loans(), loan, "loan").calculate("m8a", MONTH)}
    hire = _sorted(_read(folder, "hire", "id", "person_id", *HIRE_FLAGS, "contract_months"), "id")
    hire["registered_poor"] = poor[at[np.searchsorted(person["id"], hire["person_id"])]]
    hired = _alone(_hires(), hire, "hire")
    answers["hire"] = {"id": hire["id"], **{name: hired.calculate(name, MONTH) for name in ("m5", "m5_amount")}}
    return answers


def main(folder: Path, answers: Path) -> None:
    """Decide, store, and print the seconds and the memory taken."""
    started = time.perf_counter()
    answers.mkdir(parents=True, exist_ok=True)
    for kind, columns in decide(folder).items():
        parquet.write_table(pa.table(columns), answers / f"{kind}.parquet", compression="zstd")
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"seconds": seconds, "peak_mib": peak}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
