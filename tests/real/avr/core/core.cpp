#include "Arduino.h"

static volatile unsigned long overflows;
static volatile uint8_t head, tail;
static uint8_t buffer[64];
Uart Serial;

ISR(TIMER1_OVF_vect) { overflows++; }

ISR(USART_UDRE_vect) {
    if (head == tail) {
        UCSR0B &= ~(1 << UDRIE0);
        return;
    }
    UDR0 = buffer[tail];
    tail = (tail + 1) % sizeof(buffer);
}

unsigned long micros(void) {
    uint8_t flags = SREG;
    cli();
    uint16_t ticks = TCNT1; /* half a microsecond each */
    unsigned long high = overflows;
    if ((TIFR1 & (1 << TOV1)) && ticks < 0x8000) high++;
    SREG = flags;
    return (high << 15) | (ticks >> 1);
}

int analogRead(int pin) {
    ADMUX = (1 << REFS0) | pin;
    ADCSRA |= 1 << ADSC;
    while (ADCSRA & (1 << ADSC)) {}
    return ADC;
}

void Uart::begin(long baud) {
    UCSR0A = 1 << U2X0;
    UBRR0 = F_CPU / 8 / baud - 1;
    UCSR0B = 1 << TXEN0;
}

int Uart::availableForWrite(void) { return (uint8_t)(tail - head - 1) % sizeof(buffer); }

void Uart::write(const uint8_t *data, int count) {
    while (count--) {
        while (!availableForWrite()) {}
        buffer[head] = *data++;
        head = (head + 1) % sizeof(buffer);
        UCSR0B |= 1 << UDRIE0;
    }
}

void Uart::print(char letter) { write((const uint8_t *)&letter, 1); }

void Uart::print(const char *text) {
    while (*text) print(*text++);
}

void Uart::print(int value) {
    char digits[11];
    write((const uint8_t *)digits, number(digits, value) - digits);
}

void setup(void);
void loop(void);

int main(void) {
    TCCR1B = 1 << CS11;
    TIMSK1 = 1 << TOIE1;
    ADCSRA = (1 << ADEN) | 7;
    sei();
    setup();
    for (;;) loop();
}
