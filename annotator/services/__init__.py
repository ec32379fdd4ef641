"""What the application does, free of Qt.

The only package that may import geodesic and segmentation.
"""
