/* What arduino-emg.ino needs of the Arduino core, on an ATmega328P at 16 MHz: micros() by timer 1, the converter, and a
 * UART with a send buffer of 63 bytes as the core has it. */
#ifndef ARDUINO_H
#define ARDUINO_H

#include <avr/interrupt.h>
#include <avr/io.h>
#include <stdint.h>

#define A0 0
#define A1 1

unsigned long micros(void);
int analogRead(int pin);
char *number(char *at, unsigned long value); /* the Arduino IDE declares a sketch's functions itself */

struct Uart {
    void begin(long baud);
    void print(const char *text);
    void print(char letter);
    void print(int value);
    int availableForWrite(void);
    void write(const uint8_t *data, int count);
};
extern Uart Serial;

#endif
