/* Speaks with a computer over a serial line: samples in, decisions out, and the decoder's card on request.
 *
 *     A5 | n, low byte first | command | payload, n - 1 bytes | CRC-16/MODBUS of n .. payload, low byte first
 *
 *     to the board                                    from the board
 *     'Q'                      asks for the card      'K'  the card, JSON
 *     'B' one byte             begins anew: 0 to      'B'  the same byte
 *                              decode, 1 to compare
 *     'E' one byte, samples    one moment: a number   'D'  after each decision: end (4 bytes), label, flags (1 rejected,
 *                              that counts up, and         2 moves), state, fault, confidence, intensity, microseconds
 *                              a float for each            that it took (4 bytes), a probability for each label
 *                              channel
 *     'L' four bytes           so many were lost
 *
 * Numbers are little-endian, as the processor's own must be; reals are 32-bit floats. A damaged frame is dropped; a
 * count that skips says how many moments were lost with it. While the board is being compared nothing may move.
 */
#ifndef EMG_LINK_H
#define EMG_LINK_H

#include "emg.h"

#ifdef __cplusplus
extern "C" {
#endif

enum emg_link_event {
    EMG_LINK_NOTHING, /* no frame is complete yet */
    EMG_LINK_SAMPLES, /* a moment was added; there may be a new decision */
    EMG_LINK_BEGUN,   /* the computer wants to begin anew */
    EMG_LINK_CARD,    /* the card was sent */
    EMG_LINK_DAMAGED  /* a frame was dropped */
};

/* `put` sends a byte, and waits if it must; `micros` is a clock in microseconds. Begins without a computer comparing. */
void emg_link_begin(void (*put)(uint8_t byte), uint32_t (*micros)(void));

/* Take a byte of the line, and answer what it completes. */
enum emg_link_event emg_link_take(uint8_t byte);

/* Whether a computer compares the board with itself: let nothing move, and do not watch for silence. */
bool emg_link_compares(void);

/* Send a frame of your own. */
void emg_link_send(uint8_t command, const void *payload, uint16_t length);

#ifdef __cplusplus
}
#endif

#endif
