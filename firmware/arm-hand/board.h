/* What the hand needs of a board: write these functions for yours. board_mps2.c has them for QEMU's mps2-an386. */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "hand_config.h"

/* Start the clock, the serial line (115200 baud 8N1), the pulses (none yet) and the watchdog. */
void board_begin(void);

uint32_t board_ms(void);
uint32_t board_us(void);

/* The next byte of the serial line, -1 if there is none. Bytes that come meanwhile must be kept: a decision takes
 * milliseconds, in which a hundred bytes may come. */
int board_read(void);

/* Send a byte, and wait if it must. */
void board_write(uint8_t byte);

/* The next moment of the electrodes, in the model's unit (EMG_UNIT), EMG_RATE_HZ times a second; false if there is none
 * yet. A board without a converter leaves it out: samples then come over the serial line. */
bool board_sample(float *values);

/* Servo pulses from now on, every 20 ms; NULL for none: the servos are without power. */
void board_pulses(const uint16_t pulses_us[SERVOS]);

/* The program is well. If this is not called for WATCHDOG_MS, the board ends all pulses and starts anew. */
void board_alive(void);

#endif
