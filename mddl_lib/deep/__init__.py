"""Deep networks of the talk's slides, each minimal: a recurrent one, a game, a U-Net; and small uses of them."""
