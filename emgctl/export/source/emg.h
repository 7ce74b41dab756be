/* Decodes surface EMG on its own: samples in, decisions out. C99, no heap, no recursion, all memory static.
 *
 *     emg_init();
 *     for (;;) {
 *         if (emg_push(samples, EMG_CHANNELS) > 0 && emg_decision()->moves)
 *             use(emg_labels[emg_decision()->label]);
 *     }
 *
 * A model of the hand's pose (EMG_JOINTS is not 0) decides on angles: emg_pose() instead of emg_decision().
 * The functions are not reentrant: call them from one task, not from interrupts.
 */
#ifndef EMG_H
#define EMG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emg_model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* When commands may reach an actuator: only in fresh and stale. */
enum emg_state {
    EMG_RECOVERING, /* waiting for rest, at the start and after every fault */
    EMG_FRESH,
    EMG_STALE,  /* samples are late: hold the last command */
    EMG_NEUTRAL /* a fault or silence: go to the safe pose now */
};

enum emg_fault {
    EMG_NO_FAULT,
    EMG_BAD_SAMPLE, /* not finite, or beyond any converter's range */
    EMG_BAD_COUNT,  /* the number of values is not a multiple of EMG_CHANNELS */
    EMG_FROZEN,     /* no electrode has changed for 0.3 s */
    EMG_LOST,       /* more samples were lost than can be bridged */
    EMG_SILENCE,    /* no samples for EMG_STALE_AFTER_S */
    EMG_BAD_RESULT  /* the model's probabilities are not finite */
};

#if EMG_JOINTS

struct emg_pose {
    uint64_t end;     /* index of the sample after the last one that was decoded */
    bool resting;     /* the muscles are at rest */
    bool moves;       /* an actuator may follow the angles; otherwise keep it neutral */
    float confidence; /* in [0, 1] */
    float intensity;  /* muscle activity in [0, 1] */
    enum emg_state state;
    enum emg_fault fault;          /* the latest; EMG_NO_FAULT once rest has been seen again */
    float angles_rad[EMG_JOINTS]; /* of emg_joints; 0 after a fault */
};

/* The current pose; valid at any time, changed by the functions below. */
const struct emg_pose *emg_pose(void);

#else

struct emg_decision {
    uint64_t end;     /* index of the sample after the window's last one */
    int label;        /* index into emg_labels; EMG_REST after a fault */
    bool rejected;    /* nothing was certain enough; the label is EMG_REST */
    bool moves;       /* an actuator may follow the label; otherwise keep it neutral */
    float confidence; /* smoothed probability of the label, in [0, 1] */
    float intensity;  /* muscle activity in [0, 1] */
    enum emg_state state;
    enum emg_fault fault;               /* the latest; EMG_NO_FAULT once rest has been seen again */
    float probabilities[EMG_MODEL_LABELS]; /* of the model's labels, for this window alone */
};

/* The current decision; valid at any time, changed by the functions below. */
const struct emg_decision *emg_decision(void);

#endif

/* Forget everything; call it once at the start. */
void emg_init(void);

/* Add samples: `count` values, EMG_CHANNELS for each moment, as often as EMG_RATE_HZ. Returns how many decisions they
 * completed; emg_decision() or emg_pose() has the last of them. Decisions do not depend on how the stream is cut into calls. */
int emg_push(const float *values, size_t count);

/* Report that this many moments were lost between two calls of emg_push. Returns as emg_push does. */
int emg_lost(uint32_t moments);

/* Report that no samples have arrived for this long; call it whenever a read came back empty. */
void emg_silence(float seconds);

#ifdef __cplusplus
}
#endif

#endif
