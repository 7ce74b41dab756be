/* Frames of the serial line: found in a stream of bytes, checked, obeyed and answered. */
#include "emg_link.h"

#include <string.h>

#define START 0xA5
#define HEAD 3 /* length and command */
#define LONGEST (HEAD + 1 + 4 * EMG_CHANNELS)

static void (*send_byte)(uint8_t byte);
static uint32_t (*clock_us)(void);
static uint8_t frame[LONGEST + 2];
static uint32_t have;
static bool within; /* a frame, after its start */
static bool counted, compares;
static uint8_t expected; /* number of the next moment */

static uint16_t crc_add(uint16_t crc, uint8_t byte)
{
    crc ^= byte;
    for (int bit = 0; bit < 8; bit++)
        crc = crc & 1 ? (uint16_t)((crc >> 1) ^ 0xA001) : (uint16_t)(crc >> 1);
    return crc;
}

static uint16_t put(uint16_t crc, const void *data, uint16_t length)
{
    const uint8_t *bytes = data;
    for (uint16_t i = 0; i < length; i++) {
        send_byte(bytes[i]);
        crc = crc_add(crc, bytes[i]);
    }
    return crc;
}

void emg_link_send(uint8_t command, const void *payload, uint16_t length)
{
    uint16_t n = (uint16_t)(length + 1);
    uint8_t head[HEAD] = {(uint8_t)n, (uint8_t)(n >> 8), command};
    send_byte(START);
    uint16_t crc = put(put(0xFFFF, head, HEAD), payload, length);
    send_byte((uint8_t)crc);
    send_byte((uint8_t)(crc >> 8));
}

static void send_decision(uint32_t took_us)
{
    const struct emg_decision *d = emg_decision();
    uint8_t out[20 + 4 * EMG_MODEL_LABELS];
    uint32_t end = (uint32_t)d->end;
    memcpy(out, &end, 4);
    out[4] = (uint8_t)d->label;
    out[5] = (uint8_t)(d->rejected | d->moves << 1);
    out[6] = (uint8_t)d->state;
    out[7] = (uint8_t)d->fault;
    memcpy(out + 8, &d->confidence, 4);
    memcpy(out + 12, &d->intensity, 4);
    memcpy(out + 16, &took_us, 4);
    memcpy(out + 20, d->probabilities, sizeof d->probabilities);
    emg_link_send('D', out, sizeof out);
}

static void lost(uint32_t moments)
{
    uint32_t begun = clock_us();
    if (emg_lost(moments))
        send_decision(clock_us() - begun);
}

static void add(uint8_t number, const uint8_t *bytes)
{
    static float values[EMG_CHANNELS];
    if (counted && number != expected)
        lost((uint8_t)(number - expected));
    counted = true;
    expected = (uint8_t)(number + 1);
    memcpy(values, bytes, sizeof values);
    uint32_t begun = clock_us();
    if (emg_push(values, EMG_CHANNELS))
        send_decision(clock_us() - begun);
}

static void begin(uint8_t mode)
{
    emg_init();
    counted = false;
    compares = mode == 1;
    emg_link_send('B', &mode, 1);
}

static enum emg_link_event obey(uint8_t command, const uint8_t *payload, uint32_t length)
{
    if (command == 'E' && length == 1 + 4 * EMG_CHANNELS) {
        add(payload[0], payload + 1);
        return EMG_LINK_SAMPLES;
    }
    if (command == 'L' && length == 4) {
        uint32_t moments;
        memcpy(&moments, payload, 4);
        lost(moments);
        return EMG_LINK_SAMPLES;
    }
    if (command == 'B' && length == 1 && payload[0] <= 1) {
        begin(payload[0]);
        return EMG_LINK_BEGUN;
    }
    if (command == 'Q' && length == 0) {
        emg_link_send('K', emg_card, (uint16_t)strlen(emg_card));
        return EMG_LINK_CARD;
    }
    return EMG_LINK_DAMAGED;
}

void emg_link_begin(void (*put_byte)(uint8_t byte), uint32_t (*micros)(void))
{
    send_byte = put_byte;
    clock_us = micros;
    within = counted = compares = false;
}

bool emg_link_compares(void)
{
    return compares;
}

enum emg_link_event emg_link_take(uint8_t byte)
{
    if (!within) {
        within = byte == START;
        have = 0;
        return EMG_LINK_NOTHING;
    }
    frame[have++] = byte;
    if (have < 2)
        return EMG_LINK_NOTHING;
    uint32_t length = frame[0] | (uint32_t)frame[1] << 8;
    if (length < 1 || length > LONGEST - 2) {
        within = byte == START;
        have = 0;
        return EMG_LINK_DAMAGED;
    }
    if (have < length + 4)
        return EMG_LINK_NOTHING;
    within = false;
    uint16_t crc = 0xFFFF;
    for (uint32_t i = 0; i < have; i++)
        crc = crc_add(crc, frame[i]);
    if (crc) /* over a frame and its own sum it is 0 */
        return EMG_LINK_DAMAGED;
    return obey(frame[2], frame + HEAD, length - 1);
}
