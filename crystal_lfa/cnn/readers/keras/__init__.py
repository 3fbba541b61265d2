"""Keras models: archives, HDF5 files of whole models, and of weights alone; nothing of TensorFlow is needed."""
