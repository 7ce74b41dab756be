/* Reads lines of samples from stdin and prints a line for each decision; or speaks with emgctl over a serial line. */
#include "emg.h"
#if !EMG_JOINTS
#include "emg_link.h"
#endif

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#endif

#define LONGEST (64 + 32 * EMG_CHANNELS) /* characters of a line */

static const char *const states[] = {"recovering", "fresh", "stale", "neutral"};
static const char *const faults[] = {
    "no fault", "a sample is not finite or too large", "not as many values as channels",
    "no electrode has changed for 0.3 s", "samples were lost", "silence", "the model's result is not finite"};

/* A field of CSV, quoted where it has to be. */
static void print_name(const char *name)
{
    if (!strpbrk(name, ",\"\r\n")) {
        fputs(name, stdout);
        return;
    }
    putchar('"');
    for (; *name; name++) {
        if (*name == '"')
            putchar('"');
        putchar(*name);
    }
    putchar('"');
}

/* The rest of a row: names, or numbers. */
static void print_names(const char *const *names, int count)
{
    for (int i = 0; i < count; i++) {
        putchar(',');
        print_name(names[i]);
    }
    putchar('\n');
}

static void print_numbers(const float *values, int count)
{
    for (int i = 0; i < count; i++)
        printf(",%.9g", (double)values[i]);
    putchar('\n');
    fflush(stdout);
}

#if EMG_JOINTS

static enum emg_fault current_fault(void)
{
    return emg_pose()->fault;
}

static void print_head(void)
{
    fputs("sample,moves,resting,state,confidence,intensity", stdout);
    print_names(emg_joints, EMG_JOINTS);
}

static void print_result(void)
{
    const struct emg_pose *p = emg_pose();
    printf("%llu,%d,%d,%s,%.9g,%.9g", (unsigned long long)p->end, p->moves, p->resting, states[p->state],
           (double)p->confidence, (double)p->intensity);
    print_numbers(p->angles_rad, EMG_JOINTS);
}

#else

static enum emg_fault current_fault(void)
{
    return emg_decision()->fault;
}

static void print_head(void)
{
    fputs("sample,label,moves,rejected,state,confidence,intensity", stdout);
    print_names(emg_labels, EMG_MODEL_LABELS);
}

static void print_result(void)
{
    const struct emg_decision *d = emg_decision();
    printf("%llu,", (unsigned long long)d->end);
    print_name(emg_labels[d->label]);
    printf(",%d,%d,%s,%.9g,%.9g", d->moves, d->rejected, states[d->state], (double)d->confidence,
           (double)d->intensity);
    print_numbers(d->probabilities, EMG_MODEL_LABELS);
}

#endif

/* Read the numbers of a line; returns how many there are, -1 if something else is among them. */
static int numbers(const char *line, float *values, int most)
{
    int count = 0;
    for (;;) {
        char *end;
        line += strspn(line, " \t\r\n,;");
        if (!*line)
            return count;
        float value = strtof(line, &end);
        if (end == line || !strchr(" \t\r\n,;", *end))
            return -1;
        if (count < most)
            values[count] = value;
        count++;
        line = end;
    }
}

static int decode(FILE *in)
{
    static char line[LONGEST];
    static float values[EMG_CHANNELS];
    enum emg_fault before = EMG_NO_FAULT;
    for (unsigned long place = 1; fgets(line, sizeof line, in); place++) {
        if (line[0] == '#')
            continue;
        if (!strchr(line, '\n') && strlen(line) == sizeof line - 1)
            for (int c = 0; c != '\n' && c != EOF;)
                c = getc(in);
        bool whole = numbers(line, values, EMG_CHANNELS) == EMG_CHANNELS;
        if (!whole)
            values[0] = NAN; /* refused as any other sample that is none */
        int decisions = emg_push(values, EMG_CHANNELS);
        enum emg_fault fault = current_fault();
        if (fault != before && !whole)
            fprintf(stderr, "line %lu: should be %d numbers\n", place, EMG_CHANNELS);
        else if (fault != before && fault != EMG_NO_FAULT)
            fprintf(stderr, "line %lu: %s\n", place, faults[fault]);
        before = fault;
        if (decisions)
            print_result();
    }
    if (ferror(in)) {
        fprintf(stderr, "stdin can't be read: %s\n", strerror(errno));
        return 1;
    }
    return 0;
}

#if EMG_JOINTS

#define LINK_HELP ""

#else

#define LINK_HELP "With --link instead: as a board, for emgctl export --check. "

static void put(uint8_t byte)
{
    putchar(byte);
}

static uint32_t micros(void)
{
    return (uint32_t)((double)clock() * 1e6 / CLOCKS_PER_SEC);
}

/* As a board on a serial line does, from stdin and stdout. */
static int speak(void)
{
#ifdef _WIN32
    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
#endif
    emg_link_begin(put, micros);
    for (int byte; (byte = getchar()) != EOF;)
        if (emg_link_take((uint8_t)byte) != EMG_LINK_NOTHING)
            fflush(stdout);
    return 0;
}

#endif

int main(int count, char **words)
{
#if !EMG_JOINTS
    if (count == 2 && !strcmp(words[1], "--link")) {
        emg_init();
        return speak();
    }
#endif
    if (count > 1) {
        printf("Usage: %s < SAMPLES\n\n"
               "Each line of stdin is a sample: %d numbers (%s), %g of them a second. Each line of stdout is a decision.\n"
               "A line that starts with # is skipped. " LINK_HELP "Model %s\n",
               words[0], EMG_CHANNELS, EMG_UNIT, (double)EMG_RATE_HZ, EMG_MODEL_SHA256);
        return strcmp(words[1], "--help") && strcmp(words[1], "-h") ? 2 : 0;
    }
    emg_init();
    print_head();
    return decode(stdin);
}
