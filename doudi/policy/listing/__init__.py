"""Lists that can leave: which there are, what each holds, and the making of a table from one."""
