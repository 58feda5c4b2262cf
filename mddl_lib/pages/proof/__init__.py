"""How the pages look that prove: the scoreboard, its claims, where we fall short, what ran."""
