"""
Lattices, tori, crystals and their zones
========================================

Everything that has a place in space draws itself: ``plot`` takes matplotlib axes, or makes new ones, and returns the
artists, in one, two and three dimensions.
"""

import matplotlib.pyplot as plt
import networkx as nx

import crystal_lfa as lfa

# %%
# A lattice modulo a sublattice is a torus. Its periods need not be multiples of the primitive vectors: these two span
# 21 points of the triangular lattice. Each point of the torus is drawn once, inside the cell of the periods.

triangular = lfa.lattices.triangular()
torus = triangular.torus([[4, 1], [-1, 5]])
torus.plot()
print(f"{torus.order} points; as a group: {torus.invariant_factors}")

# %%
# A crystal has several sites in the unit cell. The honeycomb has two, each with three neighbours of the other kind;
# what does not belong to the cell at the origin is fainter.

honeycomb = lfa.crystals.honeycomb()
honeycomb.plot()
print(honeycomb.shells(1)[0].coordination)

# %%
# In three dimensions the same call needs axes with ``projection="3d"``, if it is given any. Rock salt:

lfa.crystals.nacl().plot()

# %%
# Frequencies live in the first Brillouin zone, the points closer to 0 than to any other point of the dual lattice.
# The letters are those under which bands are usually shown; lengths are without 2 pi.

figure = plt.figure(figsize=(8, 8), layout="constrained")
zones = {
    "square": lfa.lattices.square(),
    "triangular": triangular,
    "body-centred cubic": lfa.lattices.bcc(),
    "face-centred cubic": lfa.lattices.fcc(),
}
for number, (name, lattice) in enumerate(zones.items(), start=1):
    ax = figure.add_subplot(2, 2, number, projection="3d" if lattice.dim == 3 else None)
    lattice.brillouin_zone().plot(ax)
    ax.set_title(name)

# %%
# A path through these points, as band structures use it:

lfa.lattices.fcc().path().plot()

# %%
# A torus has as many frequencies as points. A twist, here of a half and a quarter of a turn around the two periods,
# shifts them all: the frequency 0, ringed, is not among them any more.

twisted = triangular.torus([[4, 1], [-1, 5]], twist=[1 / 2, 1 / 4])
figure, axes = plt.subplots(1, 2, figsize=(10, 5), layout="constrained")
torus.plot_frequencies(axes[0])
twisted.plot_frequencies(axes[1])
axes[0].set_title("periodic")
axes[1].set_title("twisted")

# %%
# Sublattices form a hierarchy, which inclusion orders. Between the square lattice and the lattice of the vectors
# (4, 0) and (0, 2) there are these; numbers at the lines say how many copies of the lower lattice make the upper one.

square = lfa.lattices.square()
bottom = square.sublattice((4, 2))
candidates = [square.sublattice([[a, b], [0, c]]) for a in (1, 2, 4) for c in (1, 2) for b in range(c)]
between = [lattice for lattice in candidates if lattice.contains(bottom)]
diagram = lfa.lattices.hasse_diagram(between)
print(f"{len(diagram)} lattices")

levels = {depth: [one for one in between if diagram.nodes[one]["level"] == depth] for depth in range(4)}
layout = nx.multipartite_layout(diagram, subset_key=levels, align="horizontal")
places = {lattice: (x, -y) for lattice, (x, y) in layout.items()}
names = {lattice: "\n".join(f"({x}, {y})" for x, y in square.integer_vectors(lattice)) for lattice in diagram}
figure, ax = plt.subplots(figsize=(7, 6), layout="constrained")
nx.draw_networkx_edges(diagram, places, ax=ax, arrows=False, edge_color="#7f8fa6")
indices = nx.get_edge_attributes(diagram, "index")
nx.draw_networkx_edge_labels(diagram, places, indices, ax=ax, font_size=8, rotate=False)
box = {"boxstyle": "round", "facecolor": "#f4e8e4", "edgecolor": "#b5543c"}
nx.draw_networkx_labels(diagram, places, names, ax=ax, font_size=9, bbox=box)
ax.margins(0.15)
ax.set_axis_off()
