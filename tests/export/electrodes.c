/* A converter of the firmware's board that gives noise, 200 samples a second, and hangs after a while. */
#include "board.h"
#include "emg.h"

#define MOMENTS 200

bool board_sample(float *values)
{
    static uint32_t next_ms, noise = 1, moments;
    if (board_ms() < next_ms)
        return false;
    next_ms = board_ms() + 5;
    for (int c = 0; c < EMG_CHANNELS; c++) {
        noise = noise * 1664525u + 1013904223u;
        values[c] = (float)(noise >> 28) - 7.5f;
    }
    if (++moments > MOMENTS)
        for (;;) {
        }
    return true;
}
