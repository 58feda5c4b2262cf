"""Nine methods to compare with, each a module; all give a clear image and, where they have one, a transmission."""
