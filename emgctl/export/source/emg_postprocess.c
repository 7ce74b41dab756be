/* From probabilities to stable decisions: smoothing, rejection, hysteresis and dwell. */
#include "emg_internal.h"

#include <math.h>
#include <string.h>

static int current;
static bool begun;      /* the current decision began at since_s; otherwise it has been rest for ever */
static double since_s;
static double smooth[EMG_MODEL_LABELS];

#if EMG_SMOOTHING == EMG_EVIDENCE

static double belief[EMG_MODEL_LABELS];
static bool believed;

static void forget(void)
{
    believed = false;
}

/* The forward filter of a hidden Markov model; each window counts as its share of an observation. */
static void smoothen(const float *p)
{
    double sum = 0.0;
    for (int i = 0; i < EMG_MODEL_LABELS; i++) {
        double before = believed ? belief[i] : 1.0 / EMG_MODEL_LABELS;
        double expected = (1.0 - EMG_CHANGE) * before + EMG_CHANGE / EMG_MODEL_LABELS;
        double least = (double)p[i] > EMG_LEAST ? (double)p[i] : EMG_LEAST;
        belief[i] = expected * pow(least, EMG_SHARE);
        sum += belief[i];
    }
    for (int i = 0; i < EMG_MODEL_LABELS; i++) {
        belief[i] /= sum;
        smooth[i] = belief[i];
    }
    believed = true;
}

#else

static float recent[EMG_SMOOTHED][EMG_MODEL_LABELS];
static int oldest, kept;

static void forget(void)
{
    oldest = kept = 0;
}

static const float *earlier(int place)
{
    return recent[(oldest + place) % EMG_SMOOTHED];
}

#if EMG_SMOOTHING == EMG_MAJORITY

static int winner(const float *p)
{
    int best = 0;
    for (int i = 1; i < EMG_MODEL_LABELS; i++)
        if (p[i] > p[best])
            best = i;
    return best;
}

/* The majority's confidence is that of its votes; no other label can exceed it. */
static void vote(float *mean)
{
    int votes[EMG_MODEL_LABELS] = {0};
    float confidence[EMG_MODEL_LABELS] = {0};
    for (int n = 0; n < kept; n++) {
        int label = winner(earlier(n));
        votes[label]++;
        confidence[label] += earlier(n)[label];
    }
    int best = 0;
    for (int i = 1; i < EMG_MODEL_LABELS; i++)
        if (votes[i] > votes[best] || (votes[i] == votes[best] && mean[i] >= mean[best]))
            best = i;
    float most = confidence[best] / (float)votes[best];
    for (int i = 0; i < EMG_MODEL_LABELS; i++)
        mean[i] = i == best || mean[i] > most ? most : mean[i];
}

#endif

static void smoothen(const float *p)
{
    float mean[EMG_MODEL_LABELS];
    memcpy(recent[(oldest + kept) % EMG_SMOOTHED], p, sizeof mean);
    if (kept < EMG_SMOOTHED)
        kept++;
    else
        oldest = (oldest + 1) % EMG_SMOOTHED;
    for (int i = 0; i < EMG_MODEL_LABELS; i++) {
        float sum = earlier(0)[i];
        for (int n = 1; n < kept; n++)
            sum += earlier(n)[i];
        mean[i] = sum / (float)kept;
    }
#if EMG_SMOOTHING == EMG_MAJORITY
    if (kept > 1)
        vote(mean);
#endif
    for (int i = 0; i < EMG_MODEL_LABELS; i++)
        smooth[i] = (double)mean[i];
}

#endif

void emg_forget(struct emg_decision *decision)
{
    forget();
    current = EMG_REST;
    begun = false;
    decision->label = EMG_REST;
    decision->rejected = false;
    decision->confidence = decision->intensity = 0.0f;
    memset(decision->probabilities, 0, sizeof decision->probabilities);
}

bool emg_is_rest(const struct emg_decision *decision)
{
    return EMG_SEES_REST && decision->label == EMG_REST && !decision->rejected;
}

static int choose(double intensity, bool *rejected)
{
    *rejected = false;
    if (intensity < EMG_REST_BELOW_INTENSITY)
        return EMG_REST;
    int best = 0;
    for (int i = 1; i < EMG_MODEL_LABELS; i++)
        if (smooth[i] > smooth[best])
            best = i;
    if (smooth[best] >= (best == current ? emg_stay[best] : emg_enter[best]))
        return best;
    if (current != EMG_REST && smooth[current] >= emg_stay[current])
        return current;
    *rejected = true;
    return EMG_REST;
}

static void postprocess(struct emg_decision *decision)
{
    double end_s = (double)decision->end / EMG_RATE_HZ;
    bool rejected;
    smoothen(decision->probabilities);
    int label = choose((double)decision->intensity, &rejected);
    if (label != current) {
        if (begun && end_s - since_s < emg_dwell_s[current]) {
            label = current;
            rejected = false;
        } else {
            current = label;
            since_s = end_s;
            begun = true;
        }
    }
    decision->label = label;
    decision->rejected = rejected;
    if (label < EMG_MODEL_LABELS)
        decision->confidence = (float)smooth[label];
    else
        decision->confidence = rejected ? 0.0f : 1.0f;
}

bool emg_decide(const float window[1][EMG_WINDOW][EMG_CHANNELS], uint64_t end, struct emg_decision *decision)
{
    emg_network(window, (float(*)[EMG_MODEL_LABELS])decision->probabilities, &decision->intensity);
    float sum = decision->intensity;
    for (int i = 0; i < EMG_MODEL_LABELS; i++)
        sum += decision->probabilities[i];
    if (!isfinite(sum))
        return false;
    decision->end = end;
    postprocess(decision);
    return true;
}
