/* Filters one moment after another, in double precision and with carried state. */
#include "emg_internal.h"

#include <math.h>

#if EMG_FILTERED

static bool started;

#if EMG_LINEAR_SECTIONS || EMG_NORMALISED || EMG_ENVELOPE_SECTIONS

static void settle(const struct emg_section *sections, int count, double (*state)[2], double value)
{
    for (int i = 0; i < count; i++) {
        state[i][0] = sections[i].rest0 * value;
        state[i][1] = sections[i].rest1 * value;
    }
}

static double cascade(const struct emg_section *sections, int count, double (*state)[2], double x)
{
    for (int i = 0; i < count; i++) {
        const struct emg_section *s = &sections[i];
        double y = s->b0 * x + state[i][0];
        state[i][0] = s->b1 * x - s->a1 * y + state[i][1];
        state[i][1] = s->b2 * x - s->a2 * y;
        x = y;
    }
    return x;
}

#endif

#if EMG_LIMITED

static double good[EMG_CHANNELS];
static uint32_t age[EMG_CHANNELS];

static double clipped(double x, double limit)
{
    return x < -limit ? -limit : x > limit ? limit : x;
}

/* Hold the last good sample over samples beyond the limits; clip what lasts too long. */
static void repair(double *x)
{
    for (int c = 0; c < EMG_CHANNELS; c++) {
        if (!started) {
            good[c] = clipped(x[c], emg_limits[c]);
            age[c] = 0;
        }
        if (fabs(x[c]) < emg_limits[c]) {
            good[c] = x[c];
            age[c] = 0;
        } else {
            if (age[c] <= EMG_HOLD)
                age[c]++;
            x[c] = age[c] <= EMG_HOLD ? good[c] : clipped(x[c], emg_limits[c]);
        }
    }
}

#endif

#if EMG_LINEAR_SECTIONS
static double linear_state[EMG_CHANNELS][EMG_LINEAR_SECTIONS][2];
#endif
#if EMG_NORMALISED
static double power_state[EMG_CHANNELS][1][2];
#endif
#if EMG_ENVELOPE_SECTIONS
static double envelope_state[EMG_CHANNELS][EMG_ENVELOPE_SECTIONS][2];
#endif

void emg_filter_reset(void)
{
    started = false;
}

void emg_filter(const float *raw, float *filtered)
{
    double x[EMG_CHANNELS];
    for (int c = 0; c < EMG_CHANNELS; c++)
        x[c] = (double)raw[c];
#if EMG_LIMITED
    repair(x);
#endif
#if EMG_LINEAR_SECTIONS
    for (int c = 0; c < EMG_CHANNELS; c++) {
        if (!started)
            settle(emg_linear, EMG_LINEAR_SECTIONS, linear_state[c], x[c]);
        x[c] = cascade(emg_linear, EMG_LINEAR_SECTIONS, linear_state[c], x[c]);
    }
#endif
#if EMG_COMMON_AVERAGE
    double mean = 0.0;
    for (int i = 0; i < EMG_COMMON_AVERAGE; i++)
        mean += x[emg_averaged[i]];
    mean /= EMG_COMMON_AVERAGE;
    for (int c = 0; c < EMG_CHANNELS; c++)
        x[c] -= mean;
#endif
#if EMG_NORMALISED
    for (int c = 0; c < EMG_CHANNELS; c++) {
        if (!started)
            settle(emg_power, 1, power_state[c], emg_levels[c] * emg_levels[c]);
        x[c] = x[c] * emg_levels[c] / sqrt(cascade(emg_power, 1, power_state[c], x[c] * x[c]) + 1e-12);
    }
#endif
    for (int c = 0; c < EMG_CHANNELS; c++) {
#if EMG_RECTIFIED
        x[c] = fabs(x[c]);
#endif
#if EMG_ENVELOPE_SECTIONS
        if (!started)
            settle(emg_envelope, EMG_ENVELOPE_SECTIONS, envelope_state[c], x[c]);
        x[c] = cascade(emg_envelope, EMG_ENVELOPE_SECTIONS, envelope_state[c], x[c]);
#endif
        filtered[c] = (float)x[c];
    }
    started = true;
}

#else

void emg_filter_reset(void)
{
}

void emg_filter(const float *raw, float *filtered)
{
    for (int c = 0; c < EMG_CHANNELS; c++)
        filtered[c] = raw[c];
}

#endif
