/* The start of a program on an MPS2 board that QEMU plays: vectors, floating-point unit, memory. */
#include <stdint.h>

extern uint32_t _estack, _sidata, _sdata, _edata, _sbss, _ebss;
extern int main(void);
void _exit(int status);
__attribute__((weak)) void initialise_monitor_handles(void); /* with the computer's files */

void reset_handler(void)
{
    *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20; /* CPACR: coprocessors 10 and 11 */
    __asm volatile("dsb\n isb");
    for (uint32_t *to = &_sdata, *from = &_sidata; to < &_edata;)
        *to++ = *from++;
    for (uint32_t *to = &_sbss; to < &_ebss;)
        *to++ = 0;
    if (initialise_monitor_handles)
        initialise_monitor_handles();
    _exit(main());
}

__attribute__((weak)) void fault_handler(void)
{
    _exit(99);
}

/* The program's own, where it has them. */
__attribute__((weak, alias("fault_handler"))) void systick_handler(void);
__attribute__((weak, alias("fault_handler"))) void irq0_handler(void);

__attribute__((section(".vectors"), used)) static const void *const vectors[] = {
    &_estack, reset_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler, 0, 0, 0, 0,
    fault_handler, fault_handler, 0, fault_handler, systick_handler, irq0_handler};
