"""Files in and out: photographs, masks, trace records. No Qt, no numerics, no dialogs."""
