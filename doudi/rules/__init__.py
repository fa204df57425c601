"""The rule language: CEL text, typed nodes, engines that agree. Pure Python; knows nothing of Django."""

# What every rule means. Raised when any rule could be decided otherwise than before; recorded with every run.
LANGUAGE_VERSION = "1"
