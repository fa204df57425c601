"""The desk: overview, households, reasons, questions, what-if and runs. Each view translates and calls one verb."""
