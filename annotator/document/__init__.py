"""The vocabulary of the document: cracks, masks and edits of them. No Qt, no numerics packages."""
