"""Changed weights put back into models, format by format; everything else in them stays as it is."""
