"""What the page on data shows: a card of each set, and a picture of those that may be shown."""
