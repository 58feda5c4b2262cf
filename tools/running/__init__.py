"""One notebook run: data fetched, cells executed, outputs tidied, what was done recorded."""
