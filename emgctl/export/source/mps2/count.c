/* Decodes noise on an emulated board, and prints the most ticks that the last sample of a window took. */
#include "emg.h"
#include "ticks.h"

#include <stdio.h>

#define DECISIONS 4

int main(void)
{
    static float values[EMG_CHANNELS];
    uint32_t noise = 1, most = 0;
    int decisions = 0;
    ticks_begin();
    emg_init();
    while (decisions < DECISIONS) {
        for (int c = 0; c < EMG_CHANNELS; c++) {
            noise = noise * 1664525u + 1013904223u; /* Numerical Recipes, 7.1 */
            values[c] = (float)(noise >> 24) - 128.0f;
        }
        uint32_t begun = ticks_left();
        int completed = emg_push(values, EMG_CHANNELS);
        uint32_t took = ticks_since(begun);
        decisions += completed;
        if (completed && took > most)
            most = took;
    }
    printf("%lu\n", (unsigned long)most);
    return 0;
}
