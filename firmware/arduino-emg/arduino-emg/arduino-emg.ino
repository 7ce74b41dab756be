/* Sends EMG from analog pins to emgctl (input "serial"): a line a sample, the time in microseconds in front.
 *
 *     us,A0,A1
 *     1234,512,498
 *
 * For Arduino, ESP32, Teensy and others with MyoWare, BioAmp, Grove or any sensor with an analog output.
 *
 * - The times of the samples are fixed (RATE_HZ), and do not wait for the lines: no delay() that adds up.
 * - A line that does not fit into the send buffer is left out as a whole. The time stamps then show what is missing.
 */

const long RATE_HZ = 500;
const int PINS[] = {A0, A1};
const long BAUD = 250000; // exact at 16 MHz, unlike 230400; of no meaning on boards with USB of their own

const int CHANNELS = sizeof(PINS) / sizeof(PINS[0]);
const unsigned long PERIOD_US = 1000000L / RATE_HZ;
const int LONGEST = 11 + 6 * CHANNELS + 1; // of a line: 4294967295,4095,4095\n
const unsigned long LATE_US = 20 * PERIOD_US; // so late that the missed samples are given up

unsigned long next_us;

void setup() {
    Serial.begin(BAUD);
    Serial.print("us");
    for (int channel = 0; channel < CHANNELS; channel++) {
        Serial.print(",A");
        Serial.print(channel);
    }
    Serial.print('\n');
    next_us = micros();
}

void loop() {
    unsigned long now_us = micros();
    if ((long)(now_us - next_us) < 0) return;
    if (now_us - next_us > LATE_US) next_us = now_us;

    char line[LONGEST + 1];
    char *end = number(line, next_us);
    for (int channel = 0; channel < CHANNELS; channel++) {
        *end++ = ',';
        end = number(end, analogRead(PINS[channel]));
    }
    *end++ = '\n';
    next_us += PERIOD_US;
    if (Serial.availableForWrite() >= end - line) Serial.write((const uint8_t *)line, end - line);
}

/* Writes a number, and returns where the next character goes; faster than print(). */
char *number(char *at, unsigned long value) {
    char digits[10];
    int count = 0;
    do digits[count++] = '0' + value % 10;
    while (value /= 10);
    while (count) *at++ = digits[--count];
    return at;
}
