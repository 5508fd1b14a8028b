"""How bright a colour is."""

LUMA = (0.299, 0.587, 0.114)  # shares of red, green and blue (ITU-R BT.601)
