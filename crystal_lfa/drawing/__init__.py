"""Arrays in, matplotlib artists out; knows nothing of the library's own types."""
