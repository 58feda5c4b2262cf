"""What a reader sees: figures, sliders, views of tables, notes about a run, the maps of the talk and of the course."""
