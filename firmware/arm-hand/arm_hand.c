/* An arm without a computer: electrodes in, decisions, servo pulses out. The decoder is what "emgctl export" wrote.
 *
 * Samples come from the board's own converter, board_sample(), or over the serial line in frames (emg_link.h). Each
 * decision goes out over the line, and so does each change of the pulses, as a frame
 *
 *     'V' | 1 with pulses, 0 without | state | fault | six pulses in microseconds, 2 bytes each
 *
 * Nothing moves until rest has been decoded, at the start and after every fault. After a fault, and when no sample has come
 * for EMG_STALE_AFTER_S, the hand takes its safe pose. While a computer compares the board ("emgctl export --check") the
 * servos are without power. MIT licence, as emgctl is.
 */
#include <string.h>

#include "board.h"
#include "emg_link.h"

#define FRAME_MS 20U
#define BYTES_AT_ONCE 64 /* of the line, before the hand is looked after again */
#define QUIET_MS 30U             /* without a sample: late */
#define COMPARES_AT_MOST_MS 3000U /* without a byte: the computer has gone */

static uint16_t pulses[SERVOS], targets[SERVOS];
static bool powered, was_powered;
static uint32_t sample_ms, byte_ms, frame_ms;

static void aim(const uint8_t *closed)
{
    for (int i = 0; i < SERVOS; i++)
        targets[i] = (uint16_t)(OPEN_US[i] + ((int32_t)CLOSED_US[i] - OPEN_US[i]) * closed[i] / 255);
}

static void take_safe_pose(void)
{
    static const uint8_t open[SERVOS];
    if (SAFE == OPEN)
        aim(open);
    else if (SAFE == HOLD)
        memcpy(targets, pulses, sizeof targets);
    else
        powered = false;
}

/* Do what was decided, if it may be done. */
static void follow(void)
{
    const struct emg_decision *d = emg_decision();
    if (emg_link_compares()) {
        powered = false;
        return;
    }
    if (!d->moves) {
        take_safe_pose();
        return;
    }
    for (unsigned i = 0; i < sizeof GRIPS / sizeof GRIPS[0]; i++) {
        if (strcmp(emg_labels[d->label], GRIPS[i].label) == 0) {
            aim(GRIPS[i].closed);
            powered = true;
            return;
        }
    }
}

static void report(void)
{
    const struct emg_decision *d = emg_decision();
    uint8_t out[3 + 2 * SERVOS] = {powered, (uint8_t)d->state, (uint8_t)d->fault};
    memcpy(out + 3, pulses, sizeof pulses);
    emg_link_send('V', out, sizeof out);
}

/* Every 20 ms: bring each pulse nearer to its target. */
static void move(void)
{
    bool changed = powered != was_powered;
    for (int i = 0; i < SERVOS && powered; i++) {
        int32_t step = (int32_t)targets[i] - pulses[i];
        step = step > STEP_US ? STEP_US : step < -STEP_US ? -STEP_US : step;
        pulses[i] = (uint16_t)(pulses[i] + step);
        changed = changed || step != 0;
    }
    was_powered = powered;
    if (!changed)
        return;
    board_pulses(powered ? pulses : NULL);
    report();
}

static void take_samples(void)
{
    float values[EMG_CHANNELS];
    for (int byte, n = 0; n < BYTES_AT_ONCE && (byte = board_read()) >= 0; n++) {
        byte_ms = board_ms();
        if (emg_link_take((uint8_t)byte) == EMG_LINK_SAMPLES)
            sample_ms = board_ms();
    }
    if (!emg_link_compares() && board_sample(values)) {
        emg_push(values, EMG_CHANNELS);
        sample_ms = board_ms();
    }
}

static void watch(void)
{
    uint32_t quiet_ms = board_ms() - sample_ms;
    if (!emg_link_compares()) {
        if (quiet_ms > QUIET_MS)
            emg_silence((float)quiet_ms / 1000.0f);
    } else if (board_ms() - byte_ms > COMPARES_AT_MOST_MS) {
        emg_link_begin(board_write, board_us);
        emg_init();
    }
}

__attribute__((weak)) bool board_sample(float *values)
{
    (void)values;
    return false;
}

int main(void)
{
    board_begin();
    emg_init();
    emg_link_begin(board_write, board_us);
    memcpy(pulses, OPEN_US, sizeof pulses);
    memcpy(targets, OPEN_US, sizeof targets);
    sample_ms = byte_ms = frame_ms = board_ms();
    report();
    for (;;) {
        board_alive();
        take_samples();
        watch();
        follow();
        if (board_ms() - frame_ms >= FRAME_MS) {
            frame_ms = board_ms();
            move();
        }
    }
}
