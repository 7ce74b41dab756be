/* A hand of six servos on an ATmega328P at 16 MHz (Arduino Uno, Nano): the reference for do-it-yourself arms.
 *
 * It speaks emgctl's protocol "arduino" on its serial port, 115200 baud 8N1:
 *
 *     A5 | n | command | payload, n - 1 bytes | CRC-16/MODBUS of n .. payload, low byte first
 *
 *     'P' six bytes, 0 open .. 255 closed: thumb rotation, thumb, index, middle, ring, little
 *     'S' one byte: what to do when the line falls quiet: 0 hold, 1 open, 2 release power
 *     'R' nothing: releases the power, until the next 'P'
 *     'Q' nothing: only asks
 *
 * Each sound frame is answered by 'T': the six targets, flags (1 the watchdog ran out, 2 power released) and the number of
 * frames that were damaged. 300 ms after the last sound frame the watchdog does what 'S' said; open, if nothing was said.
 * Nothing moves before the first 'P': until then the servos get no pulses.
 *
 * Servos: signal on D2 .. D7 in the order above. OPEN_US and CLOSED_US are the pulses of an open and a closed finger:
 * set them for your hand before you flash it. MIT licence, as emgctl is.
 */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/wdt.h>
#include <stdint.h>

#define SERVOS 6
#define FIRST_PIN 2 /* of port D */
#define TICKS_PER_US 2 /* timer 1 at 16 MHz / 8 */
#define FRAME_US 20000U
#define QUIET_MS 300U
#define LONGEST 16

static const uint16_t OPEN_US[SERVOS] = {1000, 1000, 1000, 1000, 1000, 1000};
static const uint16_t CLOSED_US[SERVOS] = {2000, 2000, 2000, 2000, 2000, 2000};

enum { HOLD, OPEN, RELEASE };
enum { QUIET = 1, RELEASED = 2 };

static volatile uint16_t pulse_ticks[SERVOS];
static volatile uint8_t powered, servo = SERVOS;
static volatile uint16_t quiet_ms;
static uint8_t targets[SERVOS], flags, damaged, when_quiet = OPEN;

/* Timer 1 ends one servo's pulse and begins the next one's; after the last it waits for the rest of the 20 ms. */
ISR(TIMER1_COMPA_vect) {
    static uint16_t frame_began;
    if (servo < SERVOS) PORTD &= ~(1 << (FIRST_PIN + servo));
    servo++;
    if (servo > SERVOS) {
        servo = 0;
        frame_began = OCR1A;
    }
    if (servo < SERVOS) {
        if (powered) PORTD |= 1 << (FIRST_PIN + servo);
        OCR1A += pulse_ticks[servo];
    } else {
        OCR1A = frame_began + FRAME_US * TICKS_PER_US;
    }
}

ISR(TIMER0_COMPA_vect) { /* every millisecond */
    if (quiet_ms < UINT16_MAX) quiet_ms++;
}

static uint16_t crc_add(uint16_t crc, uint8_t byte) {
    crc ^= byte;
    for (uint8_t bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xA001 : crc >> 1;
    return crc;
}

static void put(uint8_t byte) {
    while (!(UCSR0A & (1 << UDRE0))) {}
    UDR0 = byte;
}

static void answer(void) {
    uint8_t frame[] = {9, 'T', 0, 0, 0, 0, 0, 0, flags, damaged};
    uint16_t crc = 0xFFFF;
    for (uint8_t i = 0; i < SERVOS; i++) frame[2 + i] = targets[i];
    put(0xA5);
    for (uint8_t i = 0; i < sizeof frame; i++) {
        crc = crc_add(crc, frame[i]);
        put(frame[i]);
    }
    put(crc & 0xFF);
    put(crc >> 8);
}

static void aim(void) {
    for (uint8_t i = 0; i < SERVOS; i++) {
        int32_t range = (int32_t)CLOSED_US[i] - OPEN_US[i];
        uint16_t ticks = (OPEN_US[i] + range * targets[i] / 255) * TICKS_PER_US;
        cli();
        pulse_ticks[i] = ticks;
        sei();
    }
}

static void heard(uint8_t command, const uint8_t *payload, uint8_t length) {
    if (command == 'P' && length == SERVOS) {
        for (uint8_t i = 0; i < SERVOS; i++) targets[i] = payload[i];
        aim();
        powered = 1;
        flags = 0;
    } else if (command == 'S' && length == 1 && payload[0] <= RELEASE) {
        when_quiet = payload[0];
    } else if (command == 'R' && !length) {
        powered = 0;
        flags |= RELEASED;
    } else if (command != 'Q' || length) {
        damaged++;
        return;
    }
    cli();
    quiet_ms = 0;
    sei();
    answer();
}

static void fall_quiet(void) {
    flags |= QUIET;
    if (when_quiet == OPEN) {
        for (uint8_t i = 0; i < SERVOS; i++) targets[i] = 0;
        aim();
    } else if (when_quiet == RELEASE) {
        powered = 0;
        flags |= RELEASED;
    }
}

/* Takes a byte of the line; a frame of a wrong length or sum is dropped, and the search for A5 begins anew. */
static void take(uint8_t byte) {
    static uint8_t frame[LONGEST + 3], have, looking = 1;
    if (looking) {
        looking = byte != 0xA5;
        have = 0;
        return;
    }
    frame[have++] = byte;
    if (frame[0] < 1 || frame[0] > LONGEST) {
        damaged++;
        looking = byte != 0xA5;
        have = 0;
        return;
    }
    if (have < frame[0] + 3) return;
    uint16_t crc = 0xFFFF;
    for (uint8_t i = 0; i < have; i++) crc = crc_add(crc, frame[i]);
    looking = 1;
    if (crc == 0) /* the sum over a frame and its own sum */
        heard(frame[1], frame + 2, frame[0] - 1);
    else
        damaged++;
}

int main(void) {
    DDRD |= 0xFC; /* D2 .. D7 */
    UCSR0A = 1 << U2X0;
    UBRR0 = 16; /* 115200 baud, 2 % fast as on every Arduino */
    UCSR0B = (1 << RXEN0) | (1 << TXEN0);
    UCSR0C = (1 << UCSZ01) | (1 << UCSZ00);
    TCCR0A = 1 << WGM01;
    TCCR0B = (1 << CS01) | (1 << CS00); /* 16 MHz / 64 */
    OCR0A = 249;
    TIMSK0 = 1 << OCIE0A;
    aim();
    TCCR1B = 1 << CS11; /* 16 MHz / 8 */
    OCR1A = 1000;
    TIMSK1 = 1 << OCIE1A;
    wdt_enable(WDTO_500MS); /* a firmware that hangs is reset, and moves nothing until it hears a frame */
    sei();
    for (;;) {
        wdt_reset();
        if (UCSR0A & (1 << RXC0)) take(UDR0);
        cli();
        uint16_t quiet = quiet_ms;
        sei();
        if (powered && quiet > QUIET_MS && !(flags & QUIET)) fall_quiet();
    }
}
