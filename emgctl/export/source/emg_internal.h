/* What the files of the decoder share; programs include emg.h only. */
#ifndef EMG_INTERNAL_H
#define EMG_INTERNAL_H

#include "emg.h"

/* A cascade of second-order sections (direct form II transposed), as scipy's sosfilt computes it. */
struct emg_section {
    double b0, b1, b2, a1, a2;
    double rest0, rest1; /* state that an input of 1 settles at */
};

#if EMG_LIMITED
extern const double emg_limits[EMG_CHANNELS];
#endif
#if EMG_LINEAR_SECTIONS
extern const struct emg_section emg_linear[EMG_LINEAR_SECTIONS];
#endif
#if EMG_NORMALISED
extern const struct emg_section emg_power[1];
extern const double emg_levels[EMG_CHANNELS];
#endif
#if EMG_ENVELOPE_SECTIONS
extern const struct emg_section emg_envelope[EMG_ENVELOPE_SECTIONS];
#endif
#if EMG_COMMON_AVERAGE
extern const uint16_t emg_averaged[EMG_COMMON_AVERAGE];
#endif
#if EMG_REORDERED
extern const uint16_t emg_order[EMG_CHANNELS];
#endif
#if EMG_JOINTS
extern const float emg_least_rad[EMG_JOINTS];
extern const float emg_most_rad[EMG_JOINTS];
#else
extern const double emg_enter[EMG_LABELS];
extern const double emg_stay[EMG_LABELS];
extern const double emg_dwell_s[EMG_LABELS];
#endif
#if EMG_TRACKS
extern const float emg_start_rad[EMG_JOINTS];
#endif

/* emg_filter.c: the signal before it is cut into windows. */
void emg_filter_reset(void);
void emg_filter(const float *raw, float *filtered);

#if EMG_JOINTS

typedef struct emg_pose emg_result;

/* emg_state.c: the pose network, emg_network.c, with the state that it takes and returns. */
void emg_step_reset(void);
void emg_step(const float window[1][EMG_WINDOW][EMG_CHANNELS], float pose[1][EMG_JOINTS], float confidence[1],
              float intensity[1]);

#else

typedef struct emg_decision emg_result;

/* emg_network.c, generated: features and classifier. */
void emg_network(const float window[1][EMG_WINDOW][EMG_CHANNELS], float probabilities[1][EMG_MODEL_LABELS],
                 float intensity[1]);

#endif

/* emg_postprocess.c or emg_pose.c: what is decided in the window that ends before sample `end`. Returns false if the
 * model's result is not finite. */
bool emg_decide(const float window[1][EMG_WINDOW][EMG_CHANNELS], uint64_t end, emg_result *result);

/* Forget all windows, and decide on nothing; for whatever is not state, fault or end. */
void emg_forget(emg_result *result);

bool emg_is_rest(const emg_result *result);

#endif
