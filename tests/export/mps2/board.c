/* Decodes a file of samples on an emulated board: the computer's files by semihosting, and SysTick as a clock.
 * Writes each decision as the harness does, and prints the most ticks that the last sample of a window took. */
#include "emg.h"
#include "ticks.h"

#include <stdio.h>

int main(void)
{
    static float values[EMG_CHANNELS];
    uint32_t most = 0;
    FILE *in = fopen("samples.f32", "rb"), *out = fopen("decisions.txt", "w");
    if (!in || !out)
        return 1;
    ticks_begin();
    emg_init();
    while (fread(values, sizeof values, 1, in) == 1) {
        uint32_t begun = ticks_left();
        int decisions = emg_push(values, EMG_CHANNELS);
        uint32_t took = ticks_since(begun);
        if (!decisions)
            continue;
        most = took > most ? took : most;
        const struct emg_decision *d = emg_decision();
        fprintf(out, "%lu %d %d %d %d %d %.9g %.9g", (unsigned long)d->end, d->label, d->rejected, d->moves,
                (int)d->state, (int)d->fault, (double)d->confidence, (double)d->intensity);
        for (int i = 0; i < EMG_MODEL_LABELS; i++)
            fprintf(out, " %.9g", (double)d->probabilities[i]);
        fputc('\n', out);
    }
    fclose(out);
    printf("%lu\n", (unsigned long)most);
    return 0;
}
