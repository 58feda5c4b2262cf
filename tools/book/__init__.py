"""What the book's files say: notebooks, cards, contents, parameters."""
