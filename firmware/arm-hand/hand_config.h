/* Your hand: its servos, and what each gesture does. */
#ifndef HAND_CONFIG_H
#define HAND_CONFIG_H

#include <stdint.h>

#define SERVOS 6 /* thumb rotation, thumb, index, middle, ring, little */
#define WATCHDOG_MS 500U
#define STEP_US 50 /* that a pulse changes at most from one to the next: an open finger closes in 0.4 s */

/* What the hand does after a fault and in silence: */
enum { HOLD, OPEN, RELEASE };
#define SAFE OPEN

/* Pulses of an open and a closed finger: set them for your hand, and begin with a narrow range. */
static const uint16_t OPEN_US[SERVOS] = {1000, 1000, 1000, 1000, 1000, 1000};
static const uint16_t CLOSED_US[SERVOS] = {2000, 2000, 2000, 2000, 2000, 2000};

/* How far each label closes the fingers, from 0 (open) to 255 (closed). A label that is not here, such as rest, leaves the
 * hand as it is. The grips are those of emgctl's hands. */
static const struct {
    const char *label;
    uint8_t closed[SERVOS];
} GRIPS[] = {
    {"fist", {204, 204, 255, 255, 255, 255}}, /* power */
    {"power", {204, 204, 255, 255, 255, 255}},
    {"hook", {0, 0, 230, 230, 230, 230}},
    {"pinch", {230, 153, 166, 0, 0, 0}},
    {"tripod", {230, 153, 166, 166, 0, 0}},
    {"key", {26, 178, 204, 230, 230, 230}},
    {"point", {128, 178, 0, 255, 255, 255}},
    {"thumbs_up", {0, 0, 255, 255, 255, 255}},
    {"open", {0, 0, 0, 0, 0, 0}},
    {"extension", {0, 0, 0, 0, 0, 0}},
};

#endif
