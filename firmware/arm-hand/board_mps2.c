/* The board of an MPS2 with image AN386 (Cortex-M4F, 25 MHz), as QEMU plays it. It has no servos: the frames that the hand
 * sends of its pulses stand for them. */
#include <stddef.h>

#include "board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define UART_DATA REGISTER(0x40004000)
#define UART_STATE REGISTER(0x40004004) /* 1 nothing more can be sent now, 2 a byte has come */
#define UART_CTRL REGISTER(0x40004008)
#define UART_CLEAR REGISTER(0x4000400C)
#define UART_BAUD REGISTER(0x40004010)
#define NVIC_ENABLE REGISTER(0xE000E100)
#define SYST_CSR REGISTER(0xE000E010)
#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)
#define AIRCR REGISTER(0xE000ED0C)
#define TICKS_PER_US 25U
#define TICKS_PER_MS 25000U
#define KEPT 1024U /* bytes, of 87 us each at 115200 baud */

static volatile uint32_t now_ms, hungry_ms;
static volatile uint8_t kept[KEPT];
static volatile uint32_t came, taken;

/* Every millisecond. A program that hangs is started anew, without pulses. */
void systick_handler(void)
{
    now_ms++;
    if (++hungry_ms > WATCHDOG_MS) {
        board_pulses(NULL);
        AIRCR = 0x05FA0004;
        for (;;) {
        }
    }
}

/* A byte has come: keep it until the program has time. */
void irq0_handler(void)
{
    UART_CLEAR = 2;
    while (UART_STATE & 2) {
        uint8_t byte = (uint8_t)UART_DATA;
        if (came - taken < KEPT)
            kept[came++ % KEPT] = byte;
    }
}

void fault_handler(void)
{
    board_pulses(NULL);
    AIRCR = 0x05FA0004;
    for (;;) {
    }
}

void board_begin(void)
{
    UART_BAUD = 217;
    UART_CTRL = 1 | 2 | 8; /* sends, receives, interrupts for each byte that comes */
    NVIC_ENABLE = 1;
    SYST_RVR = TICKS_PER_MS - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
    board_pulses(NULL);
}

uint32_t board_ms(void)
{
    return now_ms;
}

uint32_t board_us(void)
{
    uint32_t before, left;
    do {
        before = now_ms;
        left = SYST_CVR;
    } while (before != now_ms);
    return before * 1000U + (TICKS_PER_MS - 1U - left) / TICKS_PER_US;
}

int board_read(void)
{
    if (taken == came)
        return -1;
    uint8_t byte = kept[taken % KEPT];
    taken++;
    return byte;
}

void board_write(uint8_t byte)
{
    while (UART_STATE & 1) {
    }
    UART_DATA = byte;
}

void board_pulses(const uint16_t pulses_us[SERVOS])
{
    (void)pulses_us;
}

void board_alive(void)
{
    hungry_ms = 0;
}
