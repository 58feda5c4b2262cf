"""What keeps a file within its borders: its size when it is let out, and no other file opened for it."""
