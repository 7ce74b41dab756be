/* The path of a sample: checks, filters, window, model, decision, safety. */
#include "emg_internal.h"

#include <math.h>
#include <string.h>

#define LARGEST 1e10f /* in any unit: 32-bit converters end at 2.1e9 counts, a volt is 1e6 uV */

static emg_result result;
static float window[1][EMG_WINDOW][EMG_CHANNELS];
static uint32_t filled;      /* rows in the window */
static uint32_t skipped;     /* rows still to be left out, where windows are further apart than they are long */
static bool any;             /* a sample has arrived since the window began anew */
static uint64_t sample;      /* index of the next one */
static float latest[EMG_CHANNELS], raw[EMG_CHANNELS];
static uint32_t still;       /* for how many moments no electrode has changed */
static bool compared;        /* raw holds a sample */

static void begin_anew(void)
{
    filled = skipped = 0;
    any = false;
    emg_filter_reset();
}

static void go_neutral(enum emg_fault fault)
{
    emg_forget(&result);
    result.state = EMG_NEUTRAL;
    result.fault = fault;
    result.moves = false;
}

static void fail(enum emg_fault fault)
{
    begin_anew();
    go_neutral(fault);
}

void emg_init(void)
{
    fail(EMG_NO_FAULT);
    result.state = EMG_RECOVERING;
    result.end = sample = 0;
    still = 0;
    compared = false;
}

#if EMG_JOINTS
const struct emg_pose *emg_pose(void)
#else
const struct emg_decision *emg_decision(void)
#endif
{
    return &result;
}

static void pass_if_safe(void)
{
    if (result.state == EMG_NEUTRAL)
        result.state = EMG_RECOVERING;
    if (result.state == EMG_RECOVERING && (!EMG_WAIT_FOR_REST || emg_is_rest(&result))) {
        result.state = EMG_FRESH;
        result.fault = EMG_NO_FAULT;
    }
    result.moves = result.state == EMG_FRESH || result.state == EMG_STALE;
}

/* Decode the full window and make room for the next hop. Returns the number of decisions. */
static int decide(void)
{
    if (!emg_decide((const float(*)[EMG_WINDOW][EMG_CHANNELS])window, sample, &result)) {
        fail(EMG_BAD_RESULT);
        return 0;
    }
#if EMG_HOP < EMG_WINDOW
    filled = EMG_WINDOW - EMG_HOP;
    memmove(window[0][0], window[0][EMG_HOP], filled * sizeof window[0][0]);
#else
    filled = 0;
    skipped = EMG_HOP - EMG_WINDOW;
#endif
    pass_if_safe();
    return 1;
}

/* Add a filtered moment to the window. Returns the number of decisions. */
static int add(const float *filtered)
{
    sample++;
    if (skipped) {
        skipped--;
        return 0;
    }
    for (int c = 0; c < EMG_CHANNELS; c++)
#if EMG_REORDERED
        window[0][filled][c] = filtered[emg_order[c]];
#else
        window[0][filled][c] = filtered[c];
#endif
    return ++filled == EMG_WINDOW ? decide() : 0;
}

static bool is_plausible(const float *values)
{
    for (int c = 0; c < EMG_CHANNELS; c++)
        if (!(fabsf(values[c]) <= LARGEST)) /* also false for NaN */
            return false;
    return true;
}

static bool is_frozen(const float *values)
{
    bool same = compared;
    for (int c = 0; c < EMG_CHANNELS; c++) {
        if (values[c] < raw[c] || values[c] > raw[c])
            same = false;
        raw[c] = values[c];
    }
    compared = true;
    if (!same)
        still = 0;
    else if (still < EMG_FROZEN_AFTER)
        still++;
    return still >= EMG_FROZEN_AFTER;
}

static int push(const float *values)
{
    bool plausible = is_plausible(values);
    if (!plausible || is_frozen(values)) {
        fail(plausible ? EMG_FROZEN : EMG_BAD_SAMPLE);
        sample++;
        return 0;
    }
    if (result.state == EMG_STALE)
        result.state = EMG_FRESH;
    any = true;
    emg_filter(values, latest);
    return add(latest);
}

int emg_push(const float *values, size_t count)
{
    int decisions = 0;
    if (count % EMG_CHANNELS) {
        fail(EMG_BAD_COUNT);
        return 0;
    }
    for (size_t at = 0; at < count; at += EMG_CHANNELS)
        decisions += push(values + at);
    return decisions;
}

int emg_lost(uint32_t moments)
{
    int decisions = 0;
    if (moments > EMG_BRIDGE) {
        fail(EMG_LOST);
        sample += moments;
        return 0;
    }
    for (uint32_t n = 0; n < moments; n++) {
        if (any)
            decisions += add(latest);
        else
            sample++;
    }
    return decisions;
}

void emg_silence(float seconds)
{
    if (result.state == EMG_NEUTRAL)
        return;
    if (seconds >= EMG_STALE_AFTER_S)
        go_neutral(EMG_SILENCE);
    else if (result.state == EMG_FRESH && seconds >= EMG_STALE_AFTER_S / 2)
        result.state = EMG_STALE;
}
