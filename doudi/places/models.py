"""The index of this area's models; each lives in the file of its noun."""

from doudi.places.boundaries import Boundary, Map
from doudi.places.counties import County, SecondFactorRule
from doudi.places.divisions import Place, Succession
from doudi.places.names import FormerName

__all__ = ["Boundary", "County", "FormerName", "Map", "Place", "SecondFactorRule", "Succession"]
