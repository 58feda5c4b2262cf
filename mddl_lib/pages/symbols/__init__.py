"""The symbol index: what each letter means on each page, read from the chapters' own lists."""
