/* Runs an AVR program in real time: its UART is on stdin and stdout, the edges of port D's pins are lines on stderr:
 * microseconds since the start, pin, level. On the analog pins A0 and A1 the voltage rises from 0 to 5 V each 100 and
 * each 200 ms. cc runner.c -lsimavr -lsimavrparts -lelf
 */
#include <poll.h>
#include <simavr/avr_adc.h>
#include <simavr/avr_ioport.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>
#include <simavr/sim_time.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define BYTE_US 87 /* at 115200 baud */

static avr_t *avr;
static int may_send = 1;

static void sent(struct avr_irq_t *irq, uint32_t value, void *param) {
    uint8_t byte = value;
    (void)irq, (void)param;
    if (write(1, &byte, 1) != 1) exit(0);
}

static void flow(struct avr_irq_t *irq, uint32_t value, void *param) {
    (void)irq, (void)value;
    may_send = param != NULL;
}

static void edge(struct avr_irq_t *irq, uint32_t value, void *param) {
    (void)irq;
    fprintf(stderr, "%.2f %d %u\n", avr->cycle / 16.0, (int)(intptr_t)param, value);
}

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

int main(int argc, char **argv) {
    elf_firmware_t firmware = {0};
    if (argc != 2 || elf_read_firmware(argv[1], &firmware)) return 2;
    avr = avr_make_mcu_by_name("atmega328p");
    if (!avr || avr_init(avr)) return 2;
    avr_load_firmware(avr, &firmware);
    avr->frequency = 16000000;
    uint32_t flags = 0;
    avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
    flags &= ~AVR_UART_FLAG_STDIO;
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    avr_irq_t *in = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), sent, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XON), flow, &may_send);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XOFF), flow, NULL);
    for (intptr_t pin = 2; pin < 8; pin++)
        avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('D'), pin), edge, (void *)pin);
    avr->vcc = avr->avcc = avr->aref = 5000;
    avr_irq_t *analog[] = {avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_ADC0),
                           avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_ADC1)};
    double began = now_us(), next_byte = 0;
    for (;;) {
        int state = avr_run(avr);
        if (state == cpu_Done || state == cpu_Crashed) return 3;
        double at = avr->cycle / 16.0;
        if (at < next_byte) continue;
        next_byte = at + BYTE_US;
        uint64_t at_ms = at / 1000;
        avr_raise_irq(analog[0], at_ms % 100 * 50);
        avr_raise_irq(analog[1], at_ms % 200 * 25);
        struct pollfd poll_in = {0, POLLIN, 0};
        uint8_t byte;
        if (may_send && poll(&poll_in, 1, 0) == 1) {
            if (poll_in.revents & POLLIN) {
                if (read(0, &byte, 1) != 1) return 0;
                avr_raise_irq(in, byte);
            }
        }
        double ahead = at - (now_us() - began);
        if (ahead > 1000) usleep(ahead);
    }
}
