"""What each notebook depends on, as hashes: its code, the library it imports, the data it names, the pages."""
