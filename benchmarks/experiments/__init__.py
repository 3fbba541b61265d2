"""What is measured: a module each.

Each has

- ``run(edition)``: yields rows, of what JSON can write, the seconds of every round among them;
- ``tables(rows)``: Markdown by name;
- ``pictures(rows)``: matplotlib figures by name.

Tables and pictures come from rows alone, so they can be made again without measuring.
"""
