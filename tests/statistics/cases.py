CALLS = {}
NO_CASE = {}
