"""Sources that differ, alerts and the files of those who must be looked after."""
