"""People come in here: pages for the county, the towns, the villages and the helpers."""
