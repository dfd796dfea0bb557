"""The pipeline over recorded images: the same people, identities and messages as from the node.

The network and its decoder look at each image by itself, so parts of bags are worked on in any order and place
(:mod:`.detect`, :mod:`.workers`). What goes from image to image, identities and smoothing, is cheap and done in one
place and in order (:mod:`.merge`). Hence the results are the same with any number of processes, and after a kill.
"""
