"""Blind tests of what people see in the generated pictures: sheets without captions, and the scores of answers."""
