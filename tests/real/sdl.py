"""Prints what SDL, which most games use, tells of the first controller; a line of JSON an event."""

import json
import os
import sys
import time

os.environ |= {"SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy", "PYGAME_HIDE_SUPPORT_PROMPT": "1"}
import pygame
from pygame._sdl2 import controller as sdl_controller


def say(**what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main():
    pygame.display.init()
    until_s = time.monotonic() + float(sys.argv[1])
    sdl_controller.init()
    pad = None
    while time.monotonic() < until_s:
        for event in pygame.event.get():
            if event.type in (pygame.JOYDEVICEADDED, pygame.CONTROLLERDEVICEADDED) and pad is None:
                if sdl_controller.get_count() and sdl_controller.is_controller(0):
                    pad = sdl_controller.Controller(0)
                    say(name=sdl_controller.name_forindex(0))
            elif event.type in (pygame.CONTROLLERBUTTONDOWN, pygame.CONTROLLERBUTTONUP):
                say(button=event.button, down=event.type == pygame.CONTROLLERBUTTONDOWN)
            elif event.type == pygame.CONTROLLERAXISMOTION:
                say(axis=event.axis, value=event.value)
            elif event.type == pygame.CONTROLLERDEVICEREMOVED:
                say(gone=True)
                return
        time.sleep(0.005)


if __name__ == "__main__":
    main()
