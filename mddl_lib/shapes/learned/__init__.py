"""The networks that learn to compare shapes, and what they minimise."""
