"""The command line. Numerics, Qt and decoders are imported only by the commands that need them."""
