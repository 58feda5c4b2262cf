"""The haze model, what is known of clear photographs, and the energy that puts both together."""
