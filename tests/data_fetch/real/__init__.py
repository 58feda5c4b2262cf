"""Facts about the real sets that only a right decoder reproduces; each test is skipped where its set is not here."""
