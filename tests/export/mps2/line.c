/* The hand's board in a test: bytes come at written times and pulses are written down, by the clock of the emulated board.
 *
 * line.bin holds records: milliseconds (4 bytes), a count (4 bytes), bytes. line.out gets what the hand sends, and
 * pulses.txt the time of each change with its pulses, or only the time where they end. The last record ends the program. */
#include <stdio.h>
#include <unistd.h>

#include "board.h"
#include "ticks.h"

#define TICKS_PER_MS 25000U
#define MOST 4096U

static volatile uint32_t now_ms;
static FILE *in, *out, *pulses;
static struct {
    uint32_t at_ms, count;
} record;
static uint8_t bytes[MOST];
static uint32_t taken;

void systick_handler(void)
{
    now_ms++;
}

static void next_record(void)
{
    taken = 0;
    if (fread(&record, sizeof record, 1, in) != 1) {
        fclose(out);
        fclose(pulses);
        _exit(0);
    }
    if (record.count > MOST || fread(bytes, 1, record.count, in) != record.count)
        _exit(2);
}

void board_begin(void)
{
    in = fopen("line.bin", "rb");
    out = fopen("line.out", "wb");
    pulses = fopen("pulses.txt", "w");
    if (!in || !out || !pulses)
        _exit(1);
    ticks_begin();
    SYST_RVR = TICKS_PER_MS - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
    next_record();
}

uint32_t board_ms(void)
{
    return now_ms;
}

uint32_t board_us(void)
{
    return now_ms * 1000U;
}

int board_read(void)
{
    if (now_ms < record.at_ms)
        return -1;
    if (taken == record.count) {
        next_record();
        return -1;
    }
    return bytes[taken++];
}

void board_write(uint8_t byte)
{
    fputc(byte, out);
}

void board_pulses(const uint16_t pulses_us[SERVOS])
{
    fprintf(pulses, "%lu", (unsigned long)now_ms);
    for (int i = 0; pulses_us && i < SERVOS; i++)
        fprintf(pulses, " %u", pulses_us[i]);
    fputc('\n', pulses);
}

void board_alive(void)
{
    __asm volatile("wfi"); /* until the next millisecond */
}
