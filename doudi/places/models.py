"""The index of this area's models; each lives in the file of its noun."""

from doudi.places.boundaries import Boundary, Map
from doudi.places.contacts import Contact
from doudi.places.counties import County, PhoneRule, SecondFactorRule
from doudi.places.divisions import Place, Succession
from doudi.places.names import FormerName

__all__ = ["Boundary", "Contact", "County", "FormerName", "Map", "PhoneRule", "Place", "SecondFactorRule", "Succession"]
