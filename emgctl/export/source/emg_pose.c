/* From the network's angles to a pose: confidence, limits, smoothing and rest. */
#include "emg_internal.h"

#include <math.h>
#include <string.h>

static uint32_t seen;  /* samples since the network began anew, as far as they matter */
static bool begun;     /* smooth holds a pose */
static float smooth[EMG_JOINTS];

#if EMG_SMOOTH

static float speed[EMG_JOINTS];

/* Weight of a new value in a first-order low-pass. */
static float share(float cutoff_hz)
{
    float step = EMG_TURN * cutoff_hz / EMG_STEP_HZ;
    return step / (1.0f + step);
}

/* The 1-euro filter (Casiez, Roussel and Vogel 2012). */
static void smoothen(const float *angles)
{
    for (int i = 0; i < EMG_JOINTS; i++) {
        float change = angles[i] - smooth[i];
        speed[i] += EMG_SPEED_SHARE * (change * EMG_STEP_HZ - speed[i]);
        smooth[i] += share(EMG_CUTOFF_HZ + EMG_SLOPE * fabsf(speed[i])) * change;
    }
}

#endif

void emg_forget(struct emg_pose *pose)
{
    emg_step_reset();
    seen = 0;
    begun = false;
    pose->resting = false;
    pose->confidence = pose->intensity = 0.0f;
    memset(pose->angles_rad, 0, sizeof pose->angles_rad);
}

bool emg_is_rest(const struct emg_pose *pose)
{
    return pose->resting;
}

static void follow(float *angles)
{
    for (int i = 0; i < EMG_JOINTS; i++) {
        if (angles[i] < emg_least_rad[i])
            angles[i] = emg_least_rad[i];
        if (angles[i] > emg_most_rad[i])
            angles[i] = emg_most_rad[i];
    }
#if EMG_SMOOTH
    if (begun) {
        smoothen(angles);
        return;
    }
    memset(speed, 0, sizeof speed);
#endif
    memcpy(smooth, angles, sizeof smooth);
    begun = true;
}

bool emg_decide(const float window[1][EMG_WINDOW][EMG_CHANNELS], uint64_t end, struct emg_pose *pose)
{
    float angles[1][EMG_JOINTS];
    emg_step(window, angles, &pose->confidence, &pose->intensity);
    float sum = pose->confidence + pose->intensity;
    for (int i = 0; i < EMG_JOINTS; i++)
        sum += angles[0][i];
    if (!isfinite(sum))
        return false;
    if (seen < EMG_SETTLED)
        seen += EMG_WINDOW;
    pose->resting = seen >= EMG_SETTLED && (double)pose->intensity < EMG_REST_BELOW_INTENSITY;
    if (!begun || (double)pose->confidence >= EMG_LEAST_CONFIDENCE)
        follow(angles[0]);
    memcpy(pose->angles_rad, smooth, sizeof smooth);
    pose->end = end;
    return true;
}
