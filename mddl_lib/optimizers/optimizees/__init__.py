"""Problems to train optimizers on: what is optimised, with its gradient in closed form, many runs at once."""
