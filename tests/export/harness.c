/* Drives an exported decoder for the tests.
 *
 *   harness cuts SEED < FLOATS: pushes the samples in random pieces of up to EMG_HOP moments and prints each decision
 *   harness faults < LINES: "push V...", "lost N" or "silence SECONDS"; prints the decision after each line
 *   harness random SEED PUSHES: pushes noise, NaN, infinities, extremes and wrong counts, and checks each decision
 */
#include "emg.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t seed;

static uint32_t below(uint32_t most)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % most;
}

#if EMG_JOINTS

static void show(void)
{
    const struct emg_pose *p = emg_pose();
    printf("%llu %d %d %d %d %.9g %.9g", (unsigned long long)p->end, p->resting, p->moves, (int)p->state, (int)p->fault,
           (double)p->confidence, (double)p->intensity);
    for (int i = 0; i < EMG_JOINTS; i++)
        printf(" %.9g", (double)p->angles_rad[i]);
    putchar('\n');
}

static int sound(void)
{
    const struct emg_pose *p = emg_pose();
    bool within =
        p->confidence >= 0.0f && p->confidence <= 1.0f && p->intensity >= 0.0f && p->intensity <= 1.0f;
    for (int i = 0; i < EMG_JOINTS; i++)
        within = within && isfinite(p->angles_rad[i]);
    return within && !(p->moves && (p->state == EMG_NEUTRAL || p->state == EMG_RECOVERING));
}

static int is_moving(void)
{
    return emg_pose()->moves;
}

#else

static void show(void)
{
    const struct emg_decision *d = emg_decision();
    printf("%llu %d %d %d %d %d %.9g %.9g", (unsigned long long)d->end, d->label, d->rejected, d->moves, (int)d->state,
           (int)d->fault, (double)d->confidence, (double)d->intensity);
    for (int i = 0; i < EMG_MODEL_LABELS; i++)
        printf(" %.9g", (double)d->probabilities[i]);
    putchar('\n');
}

static int sound(void)
{
    const struct emg_decision *d = emg_decision();
    bool within = d->label >= 0 && d->label < EMG_LABELS && d->confidence >= 0.0f && d->confidence <= 1.0f &&
                  d->intensity >= 0.0f && d->intensity <= 1.0f;
    for (int i = 0; i < EMG_MODEL_LABELS; i++)
        within = within && d->probabilities[i] >= 0.0f && d->probabilities[i] <= 1.001f;
    if (d->moves && (d->state == EMG_NEUTRAL || d->state == EMG_RECOVERING))
        within = false;
    return within;
}

static int is_moving(void)
{
    return emg_decision()->moves;
}

#endif

static int cuts(void)
{
    static float values[EMG_HOP * EMG_CHANNELS];
    for (;;) {
        size_t count = fread(values, sizeof(float) * EMG_CHANNELS, 1 + below(EMG_HOP), stdin);
        if (count == 0)
            return 0;
        if (emg_push(values, count * EMG_CHANNELS))
            show();
    }
}

static int faults(void)
{
    static char line[64 + 32 * EMG_CHANNELS];
    while (fgets(line, sizeof line, stdin)) {
        float values[EMG_CHANNELS + 1];
        int count = 0, decisions = 0;
        char *word = strtok(line, " \n");
        for (char *number; (number = strtok(NULL, " \n")) && count <= EMG_CHANNELS; count++)
            values[count] = strtof(number, NULL);
        if (!strcmp(word, "push"))
            decisions = emg_push(values, (size_t)count);
        else if (!strcmp(word, "lost"))
            decisions = emg_lost((uint32_t)values[0]);
        else
            emg_silence(values[0]);
        printf("%d ", decisions);
        show();
    }
    return 0;
}

static float any_value(void)
{
    static const float odd[] = {0.0f, -0.0f, 1e-40f, 1e10f, -1e10f, 3e38f, -3e38f, 127.0f, -128.0f};
    switch (below(400)) {
    case 0:
        return NAN;
    case 1:
        return INFINITY;
    case 2:
        return -INFINITY;
    case 3:
        return odd[below(sizeof odd / sizeof odd[0])];
    default:
        return (float)below(256) - 128.0f;
    }
}

static int random_pushes(long pushes)
{
    static float values[4 * EMG_CHANNELS];
    long decisions = 0, moving = 0;
    for (long n = 0; n < pushes; n++) {
        size_t count = below(50) ? EMG_CHANNELS * (1 + below(3)) : below(4 * EMG_CHANNELS);
        for (size_t i = 0; i < count; i++)
            values[i] = any_value();
        decisions += emg_push(count ? values : NULL, count);
        if (!below(1000))
            decisions += emg_lost(below(2 * EMG_BRIDGE + 2));
        if (!below(1000))
            emg_silence((float)below(300) / 1000.0f);
        if (!sound()) {
            show();
            return 1;
        }
        moving += is_moving();
    }
    printf("%ld decisions, %ld moving\n", decisions, moving);
    return 0;
}

int main(int count, char **words)
{
    seed = count > 2 ? (uint32_t)strtoul(words[2], NULL, 10) : 1;
    emg_init();
    if (count > 2 && !strcmp(words[1], "cuts"))
        return cuts();
    if (count > 3 && !strcmp(words[1], "random"))
        return random_pushes(strtol(words[3], NULL, 10));
    return faults();
}
