"""Keyboards of the Linux kernel: a virtual one through uinput, and real ones through evdev."""
