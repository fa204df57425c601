"""An index of the register's tables; each lives in the file of its noun."""

from doudi.register.beliefs import Belief
from doudi.register.exporting.exports import Download, Export
from doudi.register.exporting.returns import Left, Return
from doudi.register.households import Household, Residence
from doudi.register.importing.county_profiles import ImportProfile
from doudi.register.intakes import Intake
from doudi.register.items import Item
from doudi.register.pairings import Pairing
from doudi.register.persons import Membership, Person
from doudi.register.sheets import Sheet
from doudi.register.statements import Statement
from doudi.register.uploads import Upload

__all__ = [
    "Belief",
    "Download",
    "Export",
    "Household",
    "ImportProfile",
    "Intake",
    "Item",
    "Left",
    "Membership",
    "Pairing",
    "Person",
    "Residence",
    "Return",
    "Sheet",
    "Statement",
    "Upload",
]
