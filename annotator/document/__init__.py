"""The vocabulary of the document: cracks, boxes, masks, states and edits of them.

No Qt, no numerics packages. Everything but `ImageEntry` is an immutable value: workers may read it
while the user goes on editing.
"""
