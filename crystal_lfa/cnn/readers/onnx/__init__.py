"""ONNX models: nodes of graphs in graphs, stored and computed numbers, shapes by inference."""
